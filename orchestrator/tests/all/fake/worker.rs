//! Plays every worker and service: takes all jobs that wait, and answers each.

use super::World;
use baton_shared::port::{Clock, Lane};
use baton_shared::{Envelope, Job, JobId, Outcome, Problem, Verdict};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(crate) struct Worker {
    /// The job ids seen under each idempotency key.
    pub(crate) calls: BTreeMap<String, BTreeSet<JobId>>,
    /// Every traceparent seen.
    pub(crate) traces: Vec<Option<String>>,
    /// Jobs that came marked as sent again.
    pub(crate) again: usize,
    /// Operations that refuse for good.
    pub(crate) refuses: Vec<&'static str>,
    /// Operations that never answer.
    pub(crate) silent: Vec<&'static str>,
}

impl Worker {
    /// Whether there was anything to do.
    pub(crate) fn work(&mut self, world: &World) -> bool {
        let mut worked = false;
        for lane in world.queue.job_lanes() {
            for body in world.queue.drain(&lane) {
                let envelope = Envelope::<Job>::decode(&body).expect("a job");
                assert_eq!(envelope.deadline, Some(envelope.body.deadline));
                self.traces.push(envelope.traceparent);
                self.answer(world, envelope.body);
                worked = true;
            }
        }
        worked
    }

    fn answer(&mut self, world: &World, job: Job) {
        self.again += usize::from(job.again);
        self.calls
            .entry(job.key.clone())
            .or_default()
            .insert(job.id.clone());
        let is_of = |paths: &[&str]| paths.iter().any(|path| job.request.target.ends_with(path));
        let verdict = if is_of(&self.silent) {
            Verdict::Unknown {
                problem: Problem::standard("timeout", 408, "no answer"),
            }
        } else if is_of(&self.refuses) {
            Verdict::Rejected {
                retryable: false,
                retry_after_ms: None,
                problem: Problem::standard("communication", 409, "refused"),
            }
        } else {
            Verdict::Succeeded {
                output: json!({ "done": job.request.target }),
            }
        };
        let now = world.clock.now();
        let outcome = Outcome {
            job: job.id,
            verdict,
            status: None,
            redelivered: false,
            started_at: now,
            ended_at: now,
        };
        let body = Envelope::new(outcome).encode();
        world.queue.put(Lane::Outcomes(job.partition), body, None);
    }
}
