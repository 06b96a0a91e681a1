//! Sagas that carry 200 KB each go their way; what is too large or too deep is refused and named.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

pub(super) const IT: Scenario = Scenario {
    name: "huge-payloads",
    about: "inputs just below the limit, above it, and nested without end",
    ci: false,
    plan,
    before: None,
    fault,
};

fn plan() -> Plan {
    Plan {
        pace: Duration::from_millis(200),
        sagas: (50, 80),
        note: 200_000,
        ..Plan::brokers()
    }
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        let api = site.apis()[0].clone();
        let workflow = "chaos/five-tombstones";
        let depth = 20_000;
        let cases = [
            (
                "large",
                serde_json::json!({ "note": "n".repeat(300_000) }).to_string(),
            ),
            (
                "deep",
                format!("{}{}", "[".repeat(depth), "]".repeat(depth)),
            ),
            ("wide", format!("[{}0]", "0,".repeat(400_000))),
        ];
        for (name, input) in cases {
            site.strike("a huge submission");
            let body = format!(r#"{{"workflow":"{workflow}","id":"huge-{name}","input":{input}}}"#);
            let answer = api
                .call("POST", "/v1/sagas", "application/json", body)
                .await;
            let refused = matches!(answer, Some((400..=499, _)));
            let said = answer.map(|(status, body)| format!("{status} {body}"));
            site.claim(refused, "huge", format!("{name}: answered with {said:?}"));
        }
        site.accepted(40).await;
    }
    .boxed_local()
}
