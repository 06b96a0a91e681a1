//! Two orchestrators and two workers as processes on a real RabbitMQ and a real Redis, and `kill -9`
//! of each kind in the middle of 500 sagas.
//!
//! One test a kind, one private RabbitMQ and Redis a test.

use baton_adapters::redis::PARTITIONS;
use baton_tests::brokers::{Fsync, RabbitMq, Redis, RedisSettings};
use baton_tests::world::{Api, Program, Shop, exactly_once, free_port, run, until};
use serde_json::{Value, json};
use std::time::Duration;

const FIVE: &str = include_str!("../data/five.yaml");
const SAGAS: usize = 500;

/// The whole installation.
struct Site {
    shop: Shop,
    rabbitmq: RabbitMq,
    redis: Redis,
    orchestrators: Vec<(Program, Api)>,
    workers: Vec<Program>,
}

impl Site {
    async fn start() -> Self {
        let settings = RedisSettings {
            appendonly: true,
            fsync: Fsync::Always,
            ..RedisSettings::default()
        };
        let rabbitmq = RabbitMq::start().await.expect("a private RabbitMQ");
        let redis = Redis::start(settings).await.expect("a private Redis");
        let shop = Shop::open().await;
        let mut site = Self {
            shop,
            rabbitmq,
            redis,
            orchestrators: Vec::new(),
            workers: Vec::new(),
        };
        for _ in 0..2 {
            let orchestrator = site.orchestrator(free_port());
            site.orchestrators.push(orchestrator);
            let worker = site.worker();
            site.workers.push(worker);
        }
        for (_, api) in &site.orchestrators {
            api.ready().await;
        }
        site.queues_are_kept().await;
        site
    }

    /// A quorum queue of RabbitMQ before 4.3 killed right after its first declaration never has a leader
    /// again (see [`RabbitMq::registered`]); an installation is older than that when it is killed.
    async fn queues_are_kept(&self) {
        let services = [
            "inventory",
            "payments",
            "shipping",
            "notifications",
            "fraud",
            "http",
        ];
        let jobs = services
            .iter()
            .map(|service| format!("baton.jobs.{service}"));
        let outcomes = (0..PARTITIONS).map(|partition| format!("baton.outcomes.{partition}"));
        for queue in jobs.chain(outcomes).chain(["baton.dead".to_owned()]) {
            self.rabbitmq
                .registered(&queue)
                .await
                .expect("a queue that outlives a kill");
        }
    }

    fn env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("BATON__STORE__URL", self.redis.url()),
            ("BATON__QUEUE__URL", self.rabbitmq.url()),
            (
                "BATON__SERVICES",
                self.shop.catalogue().display().to_string(),
            ),
        ]
    }

    fn orchestrator(&self, port: u16) -> (Program, Api) {
        let mut env = self.env();
        env.push(("BATON__API__LISTEN", format!("127.0.0.1:{port}")));
        let none: [&str; 0] = [];
        let program = Program::start("baton-orchestrator", &none, &env);
        (program, Api::new(format!("http://127.0.0.1:{port}")))
    }

    fn worker(&self) -> Program {
        let none: [&str; 0] = [];
        Program::start("baton-worker", &none, &self.env())
    }

    /// Half of the sagas to each orchestrator.
    async fn submit_all(&self) {
        self.orchestrators[0].1.deploy(FIVE).await;
        let submits = (0..SAGAS).map(|n| {
            let api = self.orchestrators[n % 2].1.clone();
            async move {
                api.submit("test/five", &format!("five-{n}"), &json!({}))
                    .await
            }
        });
        futures_util::future::join_all(submits).await;
        let open = self.api().open().await.expect("an answer");
        assert!(
            open >= 100,
            "only {open} sagas are open: killing now would show nothing"
        );
    }

    /// The orchestrator that no test kills.
    fn api(&self) -> &Api {
        &self.orchestrators[0].1
    }

    /// Every saga completed, and every effect happened once.
    async fn all_end(&self) {
        let ended = async || (self.api().open().await? == 0).then_some(());
        until("every saga ends", Duration::from_secs(240), ended).await;
        let sagas = self.api().sagas().await.expect("an answer");
        assert_eq!(sagas.len(), SAGAS, "an accepted saga is lost");
        let others: Vec<_> = sagas
            .iter()
            .filter(|(_, status)| status != "completed")
            .collect();
        assert!(others.is_empty(), "{others:?}");
        exactly_once(&self.shop, SAGAS, 5).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_redis_orchestrator_killed() {
    let mut site = Site::start().await;
    site.submit_all().await;
    site.orchestrators[1].0.kill();
    let back = site.orchestrator(free_port());
    site.orchestrators[1] = back;
    site.all_end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_redis_worker_killed() {
    let mut site = Site::start().await;
    site.submit_all().await;
    for worker in 0..2 {
        site.workers[worker].kill();
        site.workers[worker] = site.worker();
    }
    site.all_end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_redis_rabbitmq_killed() {
    let mut site = Site::start().await;
    site.submit_all().await;
    site.rabbitmq.kill();
    site.rabbitmq.restart().await.expect("RabbitMQ comes back");
    site.all_end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_redis_redis_killed() {
    let mut site = Site::start().await;
    site.submit_all().await;
    site.redis.kill();
    site.redis.restart().await.expect("Redis comes back");
    site.all_end().await;
}

/// The demo on the brokers gives the trees it gives on the embedded pair.
#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_redis_the_demo_is_the_same() {
    let rabbitmq = RabbitMq::start().await.expect("a private RabbitMQ");
    let redis = Redis::start(RedisSettings::default())
        .await
        .expect("a private Redis");
    let words = [
        "demo".to_owned(),
        "--rabbitmq".to_owned(),
        rabbitmq.url(),
        "--redis".to_owned(),
        redis.url(),
    ];
    let on_brokers = tokio::task::spawn_blocking(move || run("baton", &words, &[]));
    let embedded = tokio::task::spawn_blocking(|| run("baton", &["demo"], &[]));
    let (on_brokers, embedded) = (
        on_brokers.await.expect("it ran"),
        embedded.await.expect("it ran"),
    );
    assert_eq!(on_brokers.exit, 0, "{}{}", on_brokers.out, on_brokers.err);
    assert_eq!(embedded.exit, 0, "{}{}", embedded.out, embedded.err);
    assert_eq!(shape(&on_brokers.out), shape(&embedded.out));
}

/// Signs, names and operations of every row, in order: what does not depend on time or id.
fn shape(told: &str) -> Vec<String> {
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let marks = ["✔", "✖", "↶", "?", "!"];
        let at = words.iter().position(|word| marks.contains(word))?;
        Some(words[at..(at + 3).min(words.len())].join(" "))
    };
    told.lines().filter_map(row).collect()
}

/// What the API says of what it stands on.
#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_redis_doctor_and_durability() {
    let site = Site::start().await;
    let (status, doctor) = site.api().get("/v1/doctor").await.expect("an answer");
    assert_eq!(status, 200, "{doctor}");
    assert_eq!(
        doctor["store"]["durability"],
        Value::from("fsync"),
        "{doctor}"
    );
    assert!(
        !doctor.to_string().contains("guest:guest"),
        "a password is shown: {doctor}"
    );
}
