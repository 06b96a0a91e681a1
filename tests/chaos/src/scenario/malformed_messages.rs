//! Messages that are no outcome, of sagas that never were, and bytes that are no AMQP at all.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use baton_adapters::redis::PARTITIONS;
use baton_shared::Partition;
use baton_shared::port::Lane;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

pub(super) const IT: Scenario = Scenario {
    name: "malformed-messages",
    about: "garbage among the outcomes, and on the broker's port",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(120),
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for body in garbage() {
            let partition = u16::try_from(site.chance.between(0, PARTITIONS.into())).unwrap_or(0);
            site.send(Lane::Outcomes(Partition(partition)), body).await;
        }
        site.orphans_are_shown().await;
        let port = site.rabbitmq().port();
        for noise in [
            &b"GET / HTTP/1.1\r\n\r\n"[..],
            b"AMQP\x00\x00\x09\x01\xff\xff",
            b"\x00",
        ] {
            site.strike("noise on the port of RabbitMQ");
            let mut stream = TcpStream::connect(("127.0.0.1", port))
                .await
                .expect("it listens");
            // The broker may close before it has read all of it.
            drop(stream.write_all(noise).await);
        }
        site.calls_pass(40).await;
    }
    .boxed_local()
}

/// Bodies that are no outcome, or one that nobody waits for.
fn garbage() -> Vec<Vec<u8>> {
    let texts = [
        "",
        "[]",
        r#"{"v":1,"type":"baton.job","body":{}}"#,
        r#"{"v":2,"type":"baton.outcome","body":{}}"#,
        r#"{"v":1,"type":"baton.outcome","body":{"job":"x"}}"#,
        r#"{"v":1,"type":"baton.outcome","body":{"job":{"saga":"nobody","step":"a","kind":"forward","epoch":0,"round":0,"attempt":1}}}"#,
    ];
    let mut bodies: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    bodies.push(b"{\"v\":1,\xc3\x28".to_vec());
    bodies.push(vec![b'['; 1024 * 1024]);
    bodies
}
