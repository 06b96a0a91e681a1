//! A whole installation on real processes, with everything that can be done to it.
//!
//! ```text
//!   client ──► orchestrators ──► RabbitMQ ──► workers ──► ledger      all on 127.0.0.1, on free
//!                   └──────────► Redis ◄────────┘                     ports, in folders of their own
//! ```
//!
//! What is started here is ended when the site is dropped, also when a scenario fails.

mod ballast;
mod clock;
mod disk;
pub mod fault;
mod heal;
pub mod links;
mod operate;
mod power;
mod queues;
mod segments;
mod service;
mod sinks;
mod strange;

use crate::client::{self, Client};
use crate::evidence::Journal;
use crate::plan::{Disk, Pair, Plan};
use crate::rush::Rush;
use crate::workload::{Shape, catalogue};
use baton_adapters::redis::PARTITIONS;
use baton_ledger::chance::Chance;
use baton_tests::brokers::{RabbitMq, Redis, RedisSettings, SmallDisk};
use baton_tests::world::{Api, Program, free_port};
use fault::Kind;
use links::{Link, Links};
use service::Services;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The folder of the embedded store, in that of the site.
const DATA: &str = "data";

/// An orchestrator or worker, which may be gone or stopped.
pub struct Part {
    program: Option<Program>,
    stopped: bool,
    /// How often it was started.
    lives: u32,
    /// Of an orchestrator.
    pub api: Option<Api>,
    port: u16,
}

/// The installation.
pub struct Site {
    pub plan: Plan,
    pub seed: u64,
    pub chance: Chance,
    /// Logs, the ledger's file, and the embedded store.
    pub folder: PathBuf,
    pub services: Services,
    // Dropped in this order: what stands on others goes first.
    pub orchestrators: Vec<Part>,
    pub workers: Vec<Part>,
    pub rabbitmq: Option<RabbitMq>,
    pub redis: Option<Redis>,
    /// Of the embedded store.
    pub disk: Option<SmallDisk>,
    pub client: Arc<Client>,
    /// Faults that were injected, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// What a scenario found broken by itself: `(law, what)`.
    pub broken: Vec<(String, String)>,
    /// What the reader of the report should know.
    pub notes: Vec<String>,
    /// The journals that Redis had acknowledged when it was made to lose some of them.
    pub acknowledged: BTreeMap<String, Journal>,
    /// The most memory of programs that are gone, in KiB.
    peaks: BTreeMap<String, u64>,
    /// The library behind which programs have clocks of their own.
    faketime: Option<&'static str>,
    /// What can take the power from the embedded store.
    power: Option<power::Power>,
    pub links: Links,
    load: Option<(JoinHandle<()>, watch::Sender<bool>)>,
    observer: Option<JoinHandle<()>>,
}

impl Site {
    /// Starts everything and deploys the workflows.
    pub async fn start(plan: Plan, seed: u64, folder: &Path) -> Self {
        let services = Services::start(folder, seed, plan.weather).await;
        let (rabbitmq, redis) = match plan.pair {
            Pair::Brokers(fsync) => {
                let settings = RedisSettings {
                    fsync,
                    disk: small(&plan, Disk::Redis),
                    ..RedisSettings::default()
                };
                let rabbitmq = RabbitMq::start_on(small(&plan, Disk::RabbitMq));
                let (rabbitmq, redis) = tokio::join!(rabbitmq, Redis::start(settings));
                (
                    Some(rabbitmq.expect("a private RabbitMQ")),
                    Some(redis.expect("a private Redis")),
                )
            }
            Pair::Embedded => (None, None),
        };
        let disk = match small(&plan, Disk::Embedded) {
            Some(bytes) => Some(embedded_disk(folder, bytes).await),
            None => None,
        };
        let site = Self {
            chance: Chance::of(seed, &["faults"]),
            folder: folder.to_owned(),
            services,
            rabbitmq,
            redis,
            disk,
            orchestrators: Vec::new(),
            workers: Vec::new(),
            client: Arc::new(Client::default()),
            faults: BTreeMap::new(),
            broken: Vec::new(),
            notes: Vec::new(),
            acknowledged: BTreeMap::new(),
            peaks: BTreeMap::new(),
            faketime: None,
            power: None,
            links: Links::default(),
            load: None,
            observer: None,
            seed,
            plan,
        };
        site.write_catalogue();
        site
    }

    /// Starts Baton and deploys the workflows; between [`Site::start`] and this a scenario may put
    /// something between Baton and its brokers.
    pub async fn open(&mut self) {
        for n in 0..self.plan.orchestrators {
            let port = free_port();
            let door = self.door(n, port).await;
            self.orchestrators.push(Part {
                program: None,
                stopped: false,
                lives: 0,
                api: Some(Api::new(format!("http://127.0.0.1:{door}"))),
                port,
            });
            self.start_orchestrator(n);
        }
        for n in 0..self.plan.workers {
            self.workers.push(Part {
                program: None,
                stopped: false,
                lives: 0,
                api: None,
                port: 0,
            });
            self.start_worker(n);
        }
        for api in self.apis() {
            api.ready().await;
        }
        self.deploy().await;
        self.queues_are_kept().await;
    }

    pub async fn deploy(&self) {
        for shape in &self.plan.shapes {
            let shape = Shape::named(shape).expect("a plan names known shapes");
            for service in self.manners() {
                let source = shape.source(service, self.plan.timed);
                self.apis()[0].deploy(&source).await;
            }
        }
    }

    fn manners(&self) -> BTreeSet<baton_ledger::manner::Manner> {
        self.plan.services.iter().copied().collect()
    }

    fn write_catalogue(&self) {
        let services: Vec<_> = self.manners().into_iter().collect();
        let base = self.services.base().to_owned();
        let base = self.through(Link::Services, base, self.services.port());
        let text = catalogue(&base, &services, self.plan.concurrency);
        std::fs::write(self.catalogue(), text).expect("the folder is writable");
    }

    fn catalogue(&self) -> PathBuf {
        self.folder.join("services.yaml")
    }

    /// A quorum queue of RabbitMQ before 4.3 killed right after its first declaration never has a leader
    /// again ([`RabbitMq::registered`]); an installation is older than that when it is killed.
    async fn queues_are_kept(&self) {
        let Some(rabbitmq) = &self.rabbitmq else {
            return;
        };
        for queue in self.queues() {
            let kept = rabbitmq.registered(&queue).await;
            kept.expect("a queue that outlives a kill");
        }
    }

    /// Every queue of this installation.
    pub fn queues(&self) -> Vec<String> {
        let services = self.manners().into_iter();
        let jobs = services.map(|service| format!("baton.jobs.{}", service.word()));
        let outcomes = (0..PARTITIONS).map(|partition| format!("baton.outcomes.{partition}"));
        let rest = ["baton.jobs.http".to_owned(), "baton.dead".to_owned()];
        jobs.chain(outcomes).chain(rest).collect()
    }

    /// What every program gets: what the plan says, and the token of the services.
    fn own_env(&self) -> Vec<(&'static str, String)> {
        let (name, token) = sinks::CANARY;
        let mut env = self.plan.env.clone();
        env.push((name, token.to_owned()));
        env
    }

    fn env(&self, kind: Kind, n: usize) -> Vec<(&'static str, String)> {
        let mut env = self.own_env();
        if let Some(redis) = &self.redis {
            let url = self.through(Link::Store(kind, n), redis.url(), redis.port());
            env.push(("BATON__STORE__URL", url));
        }
        if let Some(rabbitmq) = &self.rabbitmq {
            let url = self.through(Link::Queue(kind, n), rabbitmq.url(), rabbitmq.port());
            env.push(("BATON__QUEUE__URL", url));
        }
        env.push(("BATON__SERVICES", self.catalogue().display().to_string()));
        env
    }

    /// Starts orchestrator `n`, which is `baton dev` where the pair is embedded.
    pub fn start_orchestrator(&mut self, n: usize) {
        let name = format!("orchestrator-{n}");
        let mut env = self.env(Kind::Orchestrator, n);
        env.extend(self.hooks(&name));
        let listen = format!("127.0.0.1:{}", self.orchestrators[n].port);
        let log = self.folder.join(format!("{name}.log"));
        let program = if self.plan.pair == Pair::Embedded {
            let words = [
                "dev".to_owned(),
                "--services".to_owned(),
                self.catalogue().display().to_string(),
                "--data".to_owned(),
                self.data().display().to_string(),
                "--listen".to_owned(),
                listen,
            ];
            self.begin_life();
            env = [self.own_env(), self.hooks(&name)].concat();
            Program::logged_on(self.disk.as_ref(), "baton", &words, &env, &log)
        } else {
            env.push(("BATON__API__LISTEN", listen));
            Program::logged("baton-orchestrator", &[""; 0], &env, &log)
        };
        self.orchestrators[n].program = Some(program);
        self.orchestrators[n].stopped = false;
        self.orchestrators[n].lives += 1;
    }

    /// What stands between a program and the system: clocks, and who notes what it does to its files.
    fn hooks(&self, program: &str) -> Vec<(&'static str, String)> {
        let mut env = self.clock_env(program);
        env.extend(self.power_env());
        let faketime = self.faketime.map(str::to_owned);
        let recorder = self.power.as_ref().map(power::Power::library);
        let libraries: Vec<String> = faketime.into_iter().chain(recorder).collect();
        if !libraries.is_empty() {
            env.push(("LD_PRELOAD", libraries.join(":")));
        }
        env
    }

    /// The folder of the embedded store, as its process knows it.
    fn data(&self) -> PathBuf {
        self.folder.join(DATA)
    }

    /// The same as this process sees it.
    pub fn data_seen(&self) -> PathBuf {
        let disk = self.disk.as_ref();
        disk.map_or_else(|| self.data(), SmallDisk::seen)
    }

    pub fn start_worker(&mut self, n: usize) {
        let name = format!("worker-{n}");
        let log = self.folder.join(format!("{name}.log"));
        let env = [self.env(Kind::Worker, n), self.hooks(&name)].concat();
        let program = Program::logged("baton-worker", &[""; 0], &env, &log);
        self.workers[n].program = Some(program);
        self.workers[n].stopped = false;
        self.workers[n].lives += 1;
    }

    /// The APIs of all orchestrators.
    pub fn apis(&self) -> Vec<Api> {
        let apis = self
            .orchestrators
            .iter()
            .filter_map(|part| part.api.clone());
        apis.collect()
    }

    /// Where an orchestrator itself listens, past any proxy.
    pub fn port(&self, n: usize) -> u16 {
        self.orchestrators[n].port
    }

    /// Who brings more work than the plan says.
    pub fn rush(&self) -> Rush {
        Rush {
            client: self.client.clone(),
            apis: self.apis(),
            plan: self.plan.clone(),
            seed: self.seed,
        }
    }

    pub fn rabbitmq(&mut self) -> &mut RabbitMq {
        self.rabbitmq.as_mut().expect("the plan has brokers")
    }

    pub fn redis(&mut self) -> &mut Redis {
        self.redis.as_mut().expect("the plan has brokers")
    }

    /// Begins to submit, and to look.
    pub fn begin(&mut self) {
        let (enough, told) = watch::channel(false);
        let (plan, apis) = (self.plan.clone(), self.apis());
        let load = client::load(self.client.clone(), apis.clone(), plan, self.seed, told);
        self.load = Some((tokio::spawn(load), enough));
        let observer = client::observe(self.client.clone(), apis);
        self.observer = Some(tokio::spawn(observer));
    }

    /// Whether more sagas are still being submitted.
    pub fn busy(&self) -> bool {
        self.load
            .as_ref()
            .is_some_and(|(load, _)| !load.is_finished())
    }

    /// Submits no more than the least number, and waits for the last answer.
    pub async fn enough(&mut self) {
        if let Some((load, enough)) = self.load.take() {
            // Nobody listens any more when the load has ended by itself.
            let _ = enough.send(true);
            load.await.expect("the client does not panic");
        }
    }

    /// Says that a law does not hold, found by the scenario itself.
    pub fn claim(&mut self, holds: bool, law: &str, what: impl Into<String>) {
        if !holds {
            self.broken.push((law.to_owned(), what.into()));
        }
    }

    /// So many submissions at least were put off with a status and a reason: nothing was taken that
    /// cannot be kept, and the client was told why.
    pub fn put_off_with_reason(&mut self, least: usize) {
        let put_off = self.client.put_off();
        let loud = put_off.iter().filter(|note| {
            let (status, reason) = note.split_once(' ').unwrap_or((note, ""));
            matches!(status, "503" | "429") && reason.trim().len() > 10
        });
        let loud = loud.count();
        self.claim(
            loud >= least,
            "no accept-then-drop",
            format!(
                "{loud} submissions were put off with a reason, {least} at least were expected"
            ),
        );
    }

    /// A pause between two faults, drawn from the seed.
    pub async fn pause(&mut self, least_ms: u64, most_ms: u64) {
        let pause = self.chance.between(least_ms, most_ms);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

/// How small a disk the plan gives to this one, if it does.
fn small(plan: &Plan, whose: Disk) -> Option<u64> {
    let disk = plan.disk.filter(|(disk, _)| *disk == whose);
    disk.map(|(_, bytes)| bytes)
}

async fn embedded_disk(folder: &Path, bytes: u64) -> SmallDisk {
    let data = folder.join(DATA);
    std::fs::create_dir_all(&data).expect("the folder is writable");
    let disk = SmallDisk::at(&data, bytes).await;
    disk.expect("a small disk, which takes root or a user namespace")
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some((load, _)) = &self.load {
            load.abort();
        }
        if let Some(observer) = &self.observer {
            observer.abort();
        }
    }
}
