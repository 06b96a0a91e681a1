//! The contract, and the faults, on real RabbitMQ and Redis servers.
//!
//! Each test starts its own servers and prints one line about what ran on them.

use baton_adapters::{amqp, redis};
use baton_tests::brokers::{RabbitMq, Redis, RedisSettings};
use baton_tests::contract;
use std::sync::atomic::{AtomicU32, Ordering};

/// A prefix that nobody has used: what starts with it is empty.
fn fresh() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn ran(server: &str, what: &str) {
    eprintln!("ran on {server}: {what}");
}

async fn queue(server: &RabbitMq, prefix: &str) -> amqp::Queue {
    let prefix = prefix.to_owned();
    amqp::connect(amqp::Settings {
        url: server.url(),
        prefix,
        ..amqp::Settings::default()
    })
    .await
    .expect("RabbitMQ is there")
}

async fn store(server: &Redis, prefix: &str) -> redis::Store {
    let prefix = prefix.to_owned();
    redis::connect(redis::Settings {
        url: server.url(),
        prefix,
        ..redis::Settings::default()
    })
    .await
    .expect("Redis is there")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_contract_holds_on_rabbitmq() {
    let server = RabbitMq::start().await.expect("RabbitMQ");
    contract::queue::exercise(async || queue(&server, &fresh()).await).await;
    ran("RabbitMQ", "every law of the port Queue");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_contract_holds_on_redis() {
    let server = Redis::start(RedisSettings::default()).await.expect("Redis");
    contract::store::exercise(async || store(&server, &fresh()).await).await;
    contract::records::exercise(async || store(&server, &fresh()).await).await;
    ran("Redis", "every law of the ports Store and Records");
}
