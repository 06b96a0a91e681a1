//! Brokers that are away, full or alarmed: what is refused says so, what was accepted goes on.

use baton_tests::brokers::{Fsync, RabbitMq, Redis, RedisSettings};
use baton_tests::world::{Api, Program, Shop, free_port, until};
use serde_json::{Value, json};
use std::time::Duration;

const FIVE: &str = include_str!("../data/five.yaml");

/// One orchestrator, one worker, and brokers that can go away.
struct Site {
    shop: Shop,
    rabbitmq: RabbitMq,
    redis: Redis,
    programs: Vec<Program>,
    api: Api,
}

impl Site {
    /// The brokers run; nothing of Baton does yet.
    async fn prepared() -> Self {
        let settings = RedisSettings {
            appendonly: true,
            fsync: Fsync::Always,
            ..RedisSettings::default()
        };
        Self {
            rabbitmq: RabbitMq::start().await.expect("a private RabbitMQ"),
            redis: Redis::start(settings).await.expect("a private Redis"),
            shop: Shop::open().await,
            programs: Vec::new(),
            api: Api::new(format!("http://127.0.0.1:{}", free_port())),
        }
    }

    fn start(&mut self, more: &[(&'static str, String)]) {
        let listen = self.api.base().trim_start_matches("http://").to_owned();
        let mut env = vec![
            ("BATON__STORE__URL", self.redis.url()),
            ("BATON__QUEUE__URL", self.rabbitmq.url()),
            (
                "BATON__SERVICES",
                self.shop.catalogue().display().to_string(),
            ),
        ];
        let none: [&str; 0] = [];
        self.programs
            .push(Program::start("baton-worker", &none, &env));
        env.push(("BATON__API__LISTEN", listen));
        env.extend(more.iter().cloned());
        self.programs
            .push(Program::start("baton-orchestrator", &none, &env));
    }

    async fn submit(&self, id: &str) -> (u16, Value) {
        let body = json!({ "workflow": "test/five", "id": id, "input": {} });
        self.api
            .post("/v1/sagas", &body)
            .await
            .expect("the API answers, whatever is away")
    }

    /// Submits new sagas until one is refused; says how.
    async fn refused(&self, what: &str) -> Value {
        let mut n = 0;
        let refused = async || {
            n += 1;
            match self.submit(&format!("{what}-{n}")).await {
                (200 | 201, _) => None,
                (429 | 503, problem) => Some(problem),
                (status, problem) => panic!("{status} {problem}"),
            }
        };
        until(
            &format!("{what}: a submission is refused"),
            Duration::from_secs(30),
            refused,
        )
        .await
    }

    async fn all_end(&self) {
        let ended = async || (self.api.open().await? == 0).then_some(());
        until("every saga ends", Duration::from_secs(120), ended).await;
        let sagas = self.api.sagas().await.expect("an answer");
        let others: Vec<_> = sagas
            .iter()
            .filter(|(_, status)| status != "completed")
            .collect();
        assert!(others.is_empty(), "{others:?}");
    }

    async fn unready(&self, what: &str) -> Value {
        let unready = async || match self.api.get("/readyz").await {
            Some((503, reasons)) => Some(reasons),
            _ => None,
        };
        until(what, Duration::from_secs(30), unready).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_redis_absent_at_start_and_back() {
    let mut site = Site::prepared().await;
    site.rabbitmq.kill();
    site.redis.kill();
    site.start(&[]);
    let reasons = site.unready("readyz tells that the brokers are away").await;
    assert!(
        !reasons.to_string().contains("guest:guest"),
        "a password is shown: {reasons}"
    );
    site.redis.restart().await.expect("Redis comes back");
    site.rabbitmq.restart().await.expect("RabbitMQ comes back");
    site.api.ready().await;
    site.api.deploy(FIVE).await;
    site.api.submit("test/five", "first", &json!({})).await;
    site.all_end().await;

    // And away again in the middle, one after the other.
    for n in 0..20 {
        site.api
            .submit("test/five", &format!("second-{n}"), &json!({}))
            .await;
    }
    site.redis.kill();
    site.unready("readyz tells that Redis is away").await;
    site.redis.restart().await.expect("Redis comes back");
    site.api.ready().await;
    site.all_end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_redis_memory_alarms_refuse_and_heal() {
    let mut site = Site::prepared().await;
    site.start(&[]);
    site.api.ready().await;
    site.api.deploy(FIVE).await;

    site.rabbitmq
        .rabbitmqctl(&["set_vm_memory_high_watermark", "0"])
        .await
        .expect("an alarm");
    let problem = site.refused("alarm").await;
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|text| !text.is_empty()),
        "{problem}"
    );
    site.rabbitmq
        .rabbitmqctl(&["set_vm_memory_high_watermark", "0.6"])
        .await
        .expect("no alarm");
    site.api
        .submit("test/five", "after-alarm", &json!({}))
        .await;

    // Full: a limit below what is used refuses every write that would add.
    site.redis
        .cli(&["config", "set", "maxmemory", "1mb"])
        .expect("a limit");
    let problem = site.refused("full").await;
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|text| !text.is_empty()),
        "{problem}"
    );
    site.redis
        .cli(&["config", "set", "maxmemory", "0"])
        .expect("no limit");
    site.api.submit("test/five", "after-full", &json!({})).await;
    site.all_end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_redis_finished_sagas_expire_and_live_ones_do_not() {
    let mut site = Site::prepared().await;
    site.start(&[("BATON__RETENTION", "1s".to_owned())]);
    site.api.ready().await;
    site.api.deploy(FIVE).await;
    site.api.submit("test/five", "short", &json!({})).await;
    let gone = async || match site.api.get("/v1/sagas/short").await {
        Some((404, _)) => Some(()),
        _ => None,
    };
    // The saga itself rests for two seconds, longer than the retention: it must live that long.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(
        site.api.saga("short").await.is_some(),
        "a live saga expired"
    );
    until("the finished saga expires", Duration::from_secs(30), gone).await;
    let left = site
        .redis
        .cli(&["--scan", "--pattern", "*short*"])
        .expect("an answer");
    // The results of its attempts have a lifetime of their own, of some minutes.
    let left: Vec<&str> = left
        .lines()
        .filter(|key| !key.is_empty() && !key.contains(":r:short/"))
        .collect();
    assert_eq!(left, Vec::<&str>::new(), "something of it is left");
}

/// Bytes that are no message of ours, put straight onto the queue of outcomes and of jobs.
#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_poison_becomes_an_orphan_dead_letter() {
    use baton_adapters::amqp;
    use baton_shared::port::{Lane, Outgoing, Queue};
    use baton_shared::{Partition, ServiceName};
    let mut site = Site::prepared().await;
    site.start(&[]);
    site.api.ready().await;
    site.api.deploy(FIVE).await;
    let settings = amqp::Settings {
        url: site.rabbitmq.url(),
        ..amqp::Settings::default()
    };
    let queue = amqp::connect(settings).await.expect("connects");
    let service: ServiceName = "payments".parse().expect("a name");
    let poison = [
        (Lane::Outcomes(Partition(3)), b"not JSON \xff".to_vec()),
        (
            Lane::Outcomes(Partition(3)),
            br#"{"v":9,"type":"baton.outcome","body":{}}"#.to_vec(),
        ),
        (
            Lane::Jobs(service),
            br#"{"v":1,"type":"baton.job","body":{}}"#.to_vec(),
        ),
    ];
    let batch = poison
        .iter()
        .enumerate()
        .map(|(n, (to, body))| Outgoing {
            to: to.clone(),
            id: format!("poison-{n}"),
            body: body.clone(),
            traceparent: None,
        })
        .collect();
    for sent in queue.publish(batch).await {
        sent.expect("RabbitMQ takes it");
    }
    let orphans = async || {
        let (_, answer) = site.api.get("/v1/dead-letters").await?;
        let letters = answer["deadLetters"].as_array()?.clone();
        (letters.len() == 3).then_some(letters)
    };
    let letters = until("three orphans are listed", Duration::from_secs(30), orphans).await;
    assert!(
        letters
            .iter()
            .all(|letter| letter["id"].as_str().is_some_and(|id| id.starts_with("-/")))
    );
    // Nobody else is held up.
    site.api.submit("test/five", "beside", &json!({})).await;
    site.api.becomes("beside", "completed").await;
}
