//! Bytes that are no job, jobs of a future version, and jobs whose request cannot be sent, among real ones.
//! Each becomes a dead letter that a person can look at, and none stops the others.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use baton_shared::port::Lane;
use baton_tests::world::until;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "poison-jobs",
    about: "jobs that no worker can read or make",
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
        let bodies = poison();
        site.plan.orphans = usize::MAX;
        let unreadable = bodies.len();
        for body in bodies {
            site.faults += 1;
            let service = *site.chance.pick(&["tombstones", "final", "plain"]);
            site.send(Lane::Jobs(service.parse().expect("a name")), body)
                .await;
        }
        let api = site.apis()[0].clone();
        let shown = async || {
            let (_, page) = api.get("/v1/dead-letters?limit=200").await?;
            let letters = page["deadLetters"].as_array()?.iter();
            let orphans = letters.filter(|letter| letter["saga"].is_null()).count();
            (orphans >= unreadable).then_some(())
        };
        until(
            "every poisonous job is shown",
            Duration::from_secs(40),
            shown,
        )
        .await;
        site.calls_pass(20).await;
    }
    .boxed_local()
}

/// Bodies that are no job.
fn poison() -> Vec<Vec<u8>> {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let texts = [
        "",
        "no JSON",
        "null",
        "{}",
        r#"{"v":99,"type":"baton.job","body":{}}"#,
        r#"{"v":1,"type":"baton.job","body":{}}"#,
        r#"{"v":1,"type":"baton.outcome","body":{}}"#,
        r#"{"v":1,"type":"baton.job","body":{"id":{"saga":"../..","step":""}}}"#,
        &deep,
    ];
    let mut bodies: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    bodies.push(b"\xff\xfe\x00".to_vec());
    bodies.push(vec![b'x'; 4 * 1024 * 1024]);
    bodies
}
