//! The way to RabbitMQ and Redis over TLS, with an authority of our own and a client's certificate.

use crate::world::World;
use baton_tests::brokers::{RabbitMq, Redis, RedisSettings};
use baton_tests::world::{Api, Program, Shop, free_port};
use serde_json::json;
use std::path::Path;

const ORDER: &str = include_str!("../../../examples/order.yaml");

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_redis_over_tls_with_client_certificates() {
    let files = World::new();
    let pem = |name: &str| files.file(name);
    let (ca, cert, key) = (pem("ca.pem"), pem("cert.pem"), pem("key.pem"));
    let mut rabbitmq = RabbitMq::start().await.expect("a private RabbitMQ");
    let amqps = rabbitmq
        .with_tls(Path::new(&ca), Path::new(&cert), Path::new(&key))
        .await
        .expect("RabbitMQ takes the certificates");
    let redis = Redis::start(RedisSettings::default())
        .await
        .expect("a private Redis");
    let rediss = tls_on(&redis, &ca, &cert, &key);

    let shop = Shop::open().await;
    let api = Api::new(format!("http://127.0.0.1:{}", free_port()));
    let mut env = vec![
        ("BATON__QUEUE__URL", amqps.clone()),
        ("BATON__QUEUE__TLS__CA", ca.clone()),
        ("BATON__QUEUE__TLS__CERT", cert.clone()),
        ("BATON__QUEUE__TLS__KEY", key.clone()),
        ("BATON__STORE__URL", rediss),
        ("BATON__STORE__TLS__CA", ca.clone()),
        ("BATON__STORE__TLS__CERT", cert),
        ("BATON__STORE__TLS__KEY", key),
        ("BATON__SERVICES", shop.catalogue().display().to_string()),
    ];
    let none: [&str; 0] = [];
    let _worker = Program::start("baton-worker", &none, &env);
    env.push((
        "BATON__API__LISTEN",
        api.base().trim_start_matches("http://").to_owned(),
    ));
    let _orchestrator = Program::start("baton-orchestrator", &none, &env);
    api.ready().await;
    api.deploy(ORDER).await;
    let input = include_str!("../../../examples/inputs/success.json");
    let input = serde_json::from_str(input).unwrap_or_else(|_| json!({}));
    api.submit("order", "tls", &input).await;
    api.becomes("tls", "completed").await;

    // Without a certificate of its own a client is not let in, and is told so without the password.
    let settings = baton_adapters::amqp::Settings {
        url: amqps,
        tls: Some(baton_adapters::tls::Tls {
            ca: Some(ca.into()),
            ..Default::default()
        }),
        ..Default::default()
    };
    let refused = baton_adapters::amqp::connect(settings).await;
    let told = refused
        .map(drop)
        .expect_err("a client without a certificate")
        .to_string();
    assert!(!told.contains("guest:guest"), "a password is shown: {told}");
}

/// A TLS port beside the plain one; its URL.
fn tls_on(redis: &Redis, ca: &str, cert: &str, key: &str) -> String {
    let port = free_port();
    let set = [
        "config",
        "set",
        "tls-ca-cert-file",
        ca,
        "tls-cert-file",
        cert,
        "tls-key-file",
        key,
        "tls-auth-clients",
        "yes",
        "tls-port",
    ];
    let port_text = port.to_string();
    let mut words = set.to_vec();
    words.push(&port_text);
    let said = redis.cli(&words).expect("Redis answers");
    assert_eq!(said, "OK", "Redis takes the certificates");
    format!("rediss://127.0.0.1:{port}/0")
}
