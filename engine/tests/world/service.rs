//! Services that keep Baton's contract: the same key gets the same answer, and an undo that comes
//! before its do leaves a tombstone.

use super::{is_undo, problem};
use baton_shared::Job;
use baton_shared::outcome::Verdict;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(crate) struct Services {
    /// Forward keys whose effect stands or stood, with the step.
    pub done: BTreeMap<String, String>,
    /// Forward keys that are undone, or may never be done any more.
    pub undone: BTreeSet<String>,
    /// Keys whose refusal is kept (`rejections: final`).
    refused: BTreeSet<String>,
    /// Keys of compensations that were carried out.
    undos: BTreeMap<String, u16>,
}

impl Services {
    pub(crate) fn call(&mut self, job: &Job) -> Verdict {
        if is_undo(job) {
            self.undo(job)
        } else {
            self.forward(job)
        }
    }

    fn forward(&mut self, job: &Job) -> Verdict {
        if self.done.contains_key(&job.key) {
            return ok(&job.key);
        }
        if self.undone.contains(&job.key) || self.refused.contains(&job.key) {
            return rejected(409);
        }
        self.done.insert(job.key.clone(), job.id.step.to_string());
        ok(&job.key)
    }

    fn undo(&mut self, job: &Job) -> Verdict {
        if let Some(status) = self.undos.get(&job.key) {
            return if *status == 200 {
                ok(&job.key)
            } else {
                rejected(*status)
            };
        }
        let Some(forward) = &job.compensates else {
            return rejected(400);
        };
        let stands = self.done.contains_key(forward) && !self.undone.contains(forward);
        // A composite's own compensation has no forward key at any service: it undoes what is below.
        let composite = !self.done.contains_key(forward) && job.id.attempt > 0;
        self.undone.insert(forward.clone());
        // A compensation of several calls undoes with each of them.
        let more = self.undos.iter().any(|(key, status)| {
            *status == 200 && round(key) == round(&job.key) && round(key).is_some()
        });
        let status = if stands || composite || more {
            200
        } else {
            404
        };
        self.undos.insert(job.key.clone(), status);
        if status == 200 {
            ok(&job.key)
        } else {
            rejected(status)
        }
    }

    /// A final refusal: a service that has done it answers success instead.
    pub(crate) fn refuse(&mut self, job: &Job) -> Verdict {
        let known = self.done.contains_key(&job.key) || self.undos.contains_key(&job.key);
        if known {
            return self.call(job);
        }
        if job.service.as_str() == "f" && !is_undo(job) {
            self.refused.insert(job.key.clone());
        }
        rejected(422)
    }

    /// Steps whose effect stands, by forward key.
    pub(crate) fn standing(&self) -> impl Iterator<Item = (&String, &String)> {
        self.done
            .iter()
            .filter(|(key, _)| !self.undone.contains(*key))
    }
}

/// The part of a compensation's key that all its calls share in one round.
fn round(key: &str) -> Option<&str> {
    let calls = key.find(":undo")? + ":undo".len();
    let inner = key[calls..].find(['/', '['])?;
    Some(&key[..calls + inner])
}

fn ok(key: &str) -> Verdict {
    Verdict::Succeeded {
        output: json!({ "key": key }),
    }
}

fn rejected(status: u16) -> Verdict {
    Verdict::Rejected {
        retryable: false,
        retry_after_ms: None,
        problem: problem(status),
    }
}
