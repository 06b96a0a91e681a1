//! Longer than Baton waits for an answer: the write may have happened, and its repetition finds out.

use super::Scenario;
use crate::plan::Plan;
use crate::site::Site;
use baton_tests::brokers::Redis;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::time::{Duration, Instant};

pub(super) const IT: Scenario = Scenario {
    name: "redis-slow",
    about: "Redis answers nobody for seconds, several times",
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

/// How much earlier than told it may answer: its own clock ticks ten times a second.
const LENIENT: Duration = Duration::from_millis(300);

/// How long somebody who asks at once waits for an answer.
fn answers_nobody(redis: &Redis, milliseconds: u64) -> Duration {
    let pause = milliseconds.to_string();
    let ask = |words: &[&str]| redis.cli(words).expect("an answer");
    ask(&["client", "pause", &pause, "all"]);
    // The load goes on in other threads.
    let start = Instant::now();
    ask(&["ping"]);
    start.elapsed()
}

fn fault(site: &mut Site) -> LocalBoxFuture<'_, ()> {
    async move {
        for _ in 0..4 {
            site.calls_pass(10).await;
            let pause = site.chance.between(1500, 4500);
            site.strike("Redis answers nobody for seconds");
            let waited = answers_nobody(site.redis(), pause);
            site.claim(
                waited + LENIENT >= Duration::from_millis(pause),
                "fault",
                format!("Redis answered after {waited:?}, and was told to wait {pause} ms"),
            );
            site.pause(1500, 3000).await;
        }
        site.calls_pass(20).await;
    }
    .boxed_local()
}
