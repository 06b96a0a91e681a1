//! Who may reach the API: the rule that decides, before anything listens, whether it may.

use std::net::SocketAddr;

/// How the API is about to be served.
#[derive(Clone, Copy, Debug)]
pub struct Exposure {
    pub listen: SocketAddr,
    pub tls: bool,
    /// Whether at least one token is set.
    pub token: bool,
    /// `api.insecure: true`
    pub insecure: bool,
}

/// Why the API is not served like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "refusing to listen on {listen}, which others can reach, without {lack}: set {settings}; or \
     listen on 127.0.0.1; or set api.insecure: true where something else protects it"
)]
pub struct Exposed {
    listen: SocketAddr,
    lack: &'static str,
    settings: &'static str,
}

impl Exposure {
    /// Nothing listens beyond loopback without TLS and a token, unless someone says so.
    pub fn check(self) -> Result<(), Exposed> {
        let safe = self.listen.ip().to_canonical().is_loopback() || self.insecure;
        if safe || (self.tls && self.token) {
            return Ok(());
        }
        let certificate = "api.tls.cert and api.tls.key";
        let token = "api.tokens (`baton token new` makes one)";
        let both = "api.tls.cert, api.tls.key and api.tokens (`baton token new` makes one)";
        let (lack, settings) = match (self.tls, self.token) {
            (false, false) => ("TLS and a token", both),
            (false, true) => ("TLS", certificate),
            (true, _) => ("a token", token),
        };
        Err(Exposed {
            listen: self.listen,
            lack,
            settings,
        })
    }

    /// Whether it is reachable beyond this machine without TLS or token, because someone said so.
    pub fn is_open(self) -> bool {
        let beyond = !self.listen.ip().to_canonical().is_loopback();
        beyond && self.insecure && !(self.tls && self.token)
    }

    /// What to warn of at every start, if anything.
    pub fn warning(self) -> Option<String> {
        self.is_open().then(|| {
            let lack = match (self.tls, self.token) {
                (false, false) => "without TLS and without a token",
                (false, true) => "without TLS: tokens and payloads can be read on the way",
                (true, _) => "without a token: whoever reaches it can do everything",
            };
            format!("the API listens on {} {lack} (`api.insecure`)", self.listen)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        for listen in [
            "127.0.0.1:1",
            "[::1]:1",
            "[::ffff:127.0.0.1]:1",
            "0.0.0.0:1",
            "10.0.0.1:1",
        ] {
            for bits in 0..8_u8 {
                let (tls, token, insecure) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0);
                let listen: SocketAddr = listen.parse().expect("address");
                let loopback = listen.ip().to_canonical().is_loopback();
                let exposure = Exposure {
                    listen,
                    tls,
                    token,
                    insecure,
                };
                let wanted = loopback || insecure || (tls && token);
                assert_eq!(exposure.check().is_ok(), wanted, "{exposure:?}");
                let warned = !loopback && insecure && !(tls && token);
                assert_eq!(exposure.warning().is_some(), warned, "{exposure:?}");
            }
        }
    }
}
