//! What an orchestrator counts, as atomics, and their Prometheus text.

use baton_engine::saga::Input;
use baton_shared::{JobKind, Verdict};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counters since the start of this process.
#[derive(Debug, Default)]
pub struct Metrics {
    submitted: AtomicU64,
    ended: [AtomicU64; ENDINGS.len()],
    attempts: [[AtomicU64; VERDICTS.len()]; KINDS.len()],
    saga: Histogram,
    step: Histogram,
    orphans: AtomicU64,
    /// Sagas and definitions that could not be read, each time they were tried.
    unreadable: AtomicU64,
    /// Sagas of which the store knew less than it had acknowledged, each time it was found.
    lost: AtomicU64,
    refusals: Mutex<BTreeMap<&'static str, u64>>,
}

/// What others know at the moment of showing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    pub dead_letters_open: u64,
    /// The API is reachable beyond this machine without protection.
    pub exposed: bool,
    /// Spans that the collector did not take, since the start.
    pub spans_lost: u64,
}

const ENDINGS: [&str; 4] = ["completed", "compensated", "faulted", "cancelled"];
const KINDS: [&str; 2] = ["task", "compensation"];
const VERDICTS: [&str; 5] = ["succeeded", "accepted", "rejected", "unknown", "given-up"];

/// What is counted of one attempt, once its outcome is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    kind: JobKind,
    /// Place in [`VERDICTS`].
    verdict: usize,
    /// None where no worker reported.
    took: Option<Duration>,
}

impl Attempt {
    /// `None` for inputs that are no news of an attempt.
    pub(crate) fn of(input: &Input) -> Option<Self> {
        match input {
            Input::Outcome(outcome) => Some(Self {
                kind: outcome.job.kind,
                verdict: match outcome.verdict {
                    Verdict::Succeeded { .. } => 0,
                    Verdict::Accepted => 1,
                    Verdict::Rejected { .. } => 2,
                    Verdict::Unknown { .. } => 3,
                },
                took: Some(outcome.ended_at.since(outcome.started_at)),
            }),
            Input::GivenUp { job, .. } => Some(Self {
                kind: job.kind,
                verdict: 4,
                took: None,
            }),
            _ => None,
        }
    }
}

/// Upper bounds in milliseconds; the last bucket has none.
const BOUNDS: [u64; 16] = [
    1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000, 600_000, 3_600_000,
];

#[derive(Debug, Default)]
struct Histogram {
    /// Not cumulative; made so when shown.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    sum_ms: AtomicU64,
}

impl Metrics {
    pub(crate) fn submitted(&self) {
        add(&self.submitted);
    }

    /// `status` is one of the final status words; others are not counted.
    pub(crate) fn ended(&self, status: &str, took: Duration) {
        if let Some(place) = ENDINGS.iter().position(|ending| *ending == status) {
            add(&self.ended[place]);
            self.saga.observe(took);
        }
    }

    pub(crate) fn attempt(&self, attempt: Attempt) {
        let kind = match attempt.kind {
            JobKind::Task => 0,
            JobKind::Compensation => 1,
        };
        add(&self.attempts[kind][attempt.verdict]);
        if let Some(took) = attempt.took {
            self.step.observe(took);
        }
    }

    pub(crate) fn orphan(&self) {
        add(&self.orphans);
    }

    pub(crate) fn unreadable(&self) {
        add(&self.unreadable);
    }

    pub(crate) fn lose(&self) {
        add(&self.lost);
    }

    /// How often the store knew less of a saga than it had acknowledged.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// A request was declined; `reason` is the stable code.
    pub(crate) fn refused(&self, reason: &'static str) {
        let mut refusals = self.refusals.lock().expect("no panic while counting");
        *refusals.entry(reason).or_default() += 1;
    }

    /// Prometheus text format 0.0.4.
    pub fn render(&self, known: Known) -> String {
        let mut out = String::new();
        family(&mut out, "baton_sagas_submitted_total", "counter");
        line(&mut out, "baton_sagas_submitted_total", &self.submitted);
        family(&mut out, "baton_sagas_ended_total", "counter");
        for (status, count) in ENDINGS.iter().zip(&self.ended) {
            let name = format!("baton_sagas_ended_total{{status=\"{status}\"}}");
            line(&mut out, &name, count);
        }
        family(&mut out, "baton_attempts_total", "counter");
        for (kind, counts) in KINDS.iter().zip(&self.attempts) {
            for (verdict, count) in VERDICTS.iter().zip(counts) {
                let name = format!("baton_attempts_total{{kind=\"{kind}\",verdict=\"{verdict}\"}}");
                line(&mut out, &name, count);
            }
        }
        self.saga.render(&mut out, "baton_saga_duration_seconds");
        self.step.render(&mut out, "baton_step_duration_seconds");
        family(&mut out, "baton_dead_letters_open", "gauge");
        put(&mut out, "baton_dead_letters_open", known.dead_letters_open);
        family(&mut out, "baton_api_exposed", "gauge");
        put(&mut out, "baton_api_exposed", u64::from(known.exposed));
        family(&mut out, "baton_spans_lost_total", "counter");
        put(&mut out, "baton_spans_lost_total", known.spans_lost);
        family(&mut out, "baton_orphans_total", "counter");
        line(&mut out, "baton_orphans_total", &self.orphans);
        family(&mut out, "baton_unreadable_total", "counter");
        line(&mut out, "baton_unreadable_total", &self.unreadable);
        family(&mut out, "baton_store_losses_total", "counter");
        line(&mut out, "baton_store_losses_total", &self.lost);
        family(&mut out, "baton_refusals_total", "counter");
        for (reason, count) in self
            .refusals
            .lock()
            .expect("no panic while counting")
            .iter()
        {
            let name = format!("baton_refusals_total{{reason=\"{reason}\"}}");
            put(&mut out, &name, *count);
        }
        out
    }
}

impl Histogram {
    fn observe(&self, took: Duration) {
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let place = BOUNDS.partition_point(|bound| *bound < ms);
        add(&self.buckets[place]);
        self.sum_ms.fetch_add(ms, Ordering::Relaxed);
    }

    fn render(&self, out: &mut String, name: &str) {
        family(out, name, "histogram");
        let mut below = 0;
        for (count, bound) in self.buckets.iter().zip(BOUNDS) {
            below += count.load(Ordering::Relaxed);
            put(
                out,
                &format!("{name}_bucket{{le=\"{}\"}}", seconds(bound)),
                below,
            );
        }
        below += self.buckets[BOUNDS.len()].load(Ordering::Relaxed);
        put(out, &format!("{name}_bucket{{le=\"+Inf\"}}"), below);
        let sum = seconds(self.sum_ms.load(Ordering::Relaxed));
        out.push_str(&format!("{name}_sum {sum}\n"));
        put(out, &format!("{name}_count"), below);
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Milliseconds as seconds, without floating point: `0.025`, `1`.
fn seconds(ms: u64) -> String {
    let text = format!("{}.{:03}", ms / 1000, ms % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn family(out: &mut String, name: &str, kind: &str) {
    writeln!(out, "# TYPE {name} {kind}").expect("a String takes all");
}

fn line(out: &mut String, name: &str, counter: &AtomicU64) {
    put(out, name, counter.load(Ordering::Relaxed));
}

fn put(out: &mut String, name: &str, value: u64) {
    writeln!(out, "{name} {value}").expect("a String takes all");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_cumulative_buckets_in_seconds() {
        let metrics = Metrics::default();
        metrics.submitted();
        for ms in [1, 20, 20, 9_999_999] {
            metrics.ended("completed", Duration::from_millis(ms));
        }
        metrics.ended("running", Duration::ZERO);
        metrics.refused("overloaded");
        let text = metrics.render(Known {
            dead_letters_open: 3,
            exposed: true,
            spans_lost: 2,
        });
        for wanted in [
            "baton_sagas_submitted_total 1\n",
            "baton_sagas_ended_total{status=\"completed\"} 4\n",
            "baton_saga_duration_seconds_bucket{le=\"0.001\"} 1\n",
            "baton_saga_duration_seconds_bucket{le=\"0.01\"} 1\n",
            "baton_saga_duration_seconds_bucket{le=\"0.025\"} 3\n",
            "baton_saga_duration_seconds_bucket{le=\"+Inf\"} 4\n",
            "baton_saga_duration_seconds_sum 10000.04\n",
            "baton_saga_duration_seconds_count 4\n",
            "baton_dead_letters_open 3\n",
            "baton_api_exposed 1\n",
            "baton_spans_lost_total 2\n",
            "baton_refusals_total{reason=\"overloaded\"} 1\n",
        ] {
            assert!(text.contains(wanted), "{wanted} in\n{text}");
        }
    }

    #[test]
    fn seconds_are_exact() {
        let shown: Vec<String> = [0, 1, 25, 1000, 2500, 10_000].map(seconds).into();
        assert_eq!(shown, ["0", "0.001", "0.025", "1", "2.5", "10"]);
    }
}
