//! What lies between the parts of a site: a proxy on every line, where a scenario wants them.
//!
//! ```text
//!   client ═ Api(n) ═► orchestrator n ═ Queue ═► RabbitMQ ◄═ Queue ═ worker n ═ Services ═► ledger
//!                                    ╚═ Store ═► Redis    ◄═ Store ═╝
//! ```
//!
//! The scenario looks at its site past the proxies, at the ledger and at the brokers; only what it
//! asks of Baton goes through `Api`.

use super::Site;
use super::fault::Kind;
use crate::proxy::{Deed, Passed, Proxy, Weather};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

/// One line of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Link {
    Queue(Kind, usize),
    Store(Kind, usize),
    /// From all workers to all services.
    Services,
    /// From the client to an orchestrator.
    Api(usize),
}

impl Link {
    pub fn is_queue(self) -> bool {
        matches!(self, Self::Queue(..))
    }

    pub fn is_store(self) -> bool {
        matches!(self, Self::Store(..))
    }

    /// Of this program, to either broker.
    pub fn is_of(self, kind: Kind, n: usize) -> bool {
        self == Self::Queue(kind, n) || self == Self::Store(kind, n)
    }
}

/// The proxies there are.
#[derive(Default)]
pub struct Links {
    wanted: bool,
    proxies: BTreeMap<Link, Proxy>,
}

impl Site {
    /// Puts a proxy on every line; before Baton starts.
    pub async fn put_proxies(&mut self) {
        self.links.wanted = true;
        let parts = (0..self.plan.orchestrators).map(|n| (Kind::Orchestrator, n));
        let parts = parts.chain((0..self.plan.workers).map(|n| (Kind::Worker, n)));
        let (queue, store) = (self.rabbitmq().port(), self.redis().port());
        for (kind, n) in parts.collect::<Vec<_>>() {
            self.put(Link::Queue(kind, n), queue).await;
            self.put(Link::Store(kind, n), store).await;
        }
        self.put(Link::Services, self.services.port()).await;
        self.write_catalogue();
    }

    /// Puts one before this port of 127.0.0.1; where it listens itself.
    async fn put(&mut self, link: Link, port: u16) -> u16 {
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let seed = self.chance.draw();
        let proxy = Proxy::before(server, seed).await.expect("a free port");
        let port = proxy.port();
        self.links.proxies.insert(link, proxy);
        port
    }

    /// Where clients find orchestrator `n`, which listens at `port`.
    pub(super) async fn door(&mut self, n: usize, port: u16) -> u16 {
        if self.links.wanted {
            self.put(Link::Api(n), port).await
        } else {
            port
        }
    }

    /// This URL of a server at `port`, or that of the proxy before it.
    pub(super) fn through(&self, link: Link, url: String, port: u16) -> String {
        match self.links.proxies.get(&link) {
            Some(proxy) => url.replace(&format!(":{port}"), &format!(":{}", proxy.port())),
            None => url,
        }
    }

    /// All lines, in an order that does not change.
    pub fn lines(&self) -> Vec<Link> {
        self.links.proxies.keys().copied().collect()
    }

    /// This weather on those lines, from now on.
    pub fn weather(&mut self, weather: &Weather, lines: impl Fn(Link) -> bool) {
        for (_, proxy) in self.links.proxies.iter().filter(|(link, _)| lines(**link)) {
            proxy.weather(weather.clone());
        }
        self.strike(weather.words());
    }

    /// Resets every connection on those lines.
    pub fn reset(&mut self, lines: impl Fn(Link) -> bool) {
        for (_, proxy) in self.links.proxies.iter().filter(|(link, _)| lines(**link)) {
            proxy.reset();
        }
        self.strike("connections reset");
    }

    /// One of the lines, by chance.
    pub fn any_line(&mut self) -> Link {
        let lines = self.lines();
        *self.chance.pick(&lines)
    }

    /// Fair weather everywhere.
    pub fn clear(&mut self) {
        self.links.proxies.values().for_each(Proxy::clear);
    }

    /// What the proxies did so far, all together.
    pub fn passed(&self) -> Passed {
        let mut all = Passed::default();
        for passed in self.links.proxies.values().map(Proxy::passed) {
            all += passed;
        }
        all
    }

    /// Claims that since this moment the proxies did so much of this at least: else the fault met nobody,
    /// and nothing was shown.
    pub fn did(&mut self, since: &Passed, deed: Deed, least: u64) {
        let count = self.passed().of(deed) - since.of(deed);
        let what = format!("{count} {}, {least} were expected", deed.words());
        self.claim(count >= least, "fault", what);
    }

    /// Notes what went through the proxies so far.
    pub fn tell_proxies(&mut self) {
        let Passed {
            connections,
            refused,
            unserved,
            unheard,
            reset,
            struck,
            cut,
            held,
            lost_up,
            lost_down,
            late,
            dripped,
            up,
            down,
        } = self.passed();
        let (lines, kib) = (self.links.proxies.len(), (up + down) / 1024);
        self.notes.push(format!(
            "{lines} proxies: {connections} connections, {kib} KiB; {reset} reset, {cut} of these cut and \
             {struck} by order; {refused} refused, {unheard} not answered, {unserved} without a server; \
             bytes waited {held} times, {lost_up} and {lost_down} were lost, {dripped} dripped; {late} \
             chunks were late"
        ));
    }
}
