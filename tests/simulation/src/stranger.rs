//! Somebody who may write to the queue and is none of ours: what they make up, and what they send once more.
//!
//! No message is signed, so only that is made up which says of itself that no job asked for it: another
//! saga, step, epoch or attempt than there is, or a format of some other time. A success under the name of
//! an epoch that there is would be believed, whoever sent it.

use crate::says::Says;
use crate::story::Story;
use crate::world::{BEGIN, Inside};
use baton_shared::port::Lane;
use baton_shared::{
    Envelope, Job, JobId, JobKind, Outcome, Partition, Problem, SagaId, StepId, Timestamp, Verdict,
};
use serde_json::json;

/// Stands where a signature will stand one day, so that the judges know what they look at.
pub(crate) const SEAL: &str = "stranger";

/// What is made up, by what is wrong with it.
#[derive(Clone, Copy, Debug)]
enum Lie {
    Saga,
    Step,
    /// The step of something that makes no call, or made none yet.
    OtherStep,
    Attempt,
    Epoch,
    OldEpoch,
    Format,
    /// A job that was never sent is said to be given up by the queue.
    Dead,
}

const LIES: [Lie; 8] = [
    Lie::Saga,
    Lie::Step,
    Lie::OtherStep,
    Lie::Attempt,
    Lie::Epoch,
    Lie::OldEpoch,
    Lie::Format,
    Lie::Dead,
];

impl Inside {
    /// Makes something up, about a saga that there is wherever one is; whether it found anything to say.
    pub(crate) fn forges(&mut self) -> bool {
        let lie = self.dice.pick(&LIES);
        let sagas: Vec<SagaId> = self.books.stories.keys().cloned().collect();
        let saga = match sagas.as_slice() {
            [] => None,
            some => Some(some[self.dice.index(some.len())].clone()),
        };
        let (lane, body, of) = match (lie, saga) {
            (Lie::Dead, Some(saga)) => match self.never_sent(&saga) {
                Some(job) => (Lane::Dead, sealed(job), Some(saga)),
                None => return false,
            },
            (Lie::Saga, _) | (_, None) => {
                let saga: SagaId = "nobody".parse().expect("a plain id");
                let name = named(&saga, StepId::new("a"), (0, 0, 1));
                (outcomes(&saga), sealed(self.success(name)), Some(saga))
            }
            (lie, Some(saga)) => {
                let Some((body, readable)) = self.about(&saga, lie) else {
                    return false;
                };
                (outcomes(&saga), body, readable.then_some(saga))
            }
        };
        let now = self.now - BEGIN;
        self.trace
            .tell(now, || format!("  made up: {lie:?} of {of:?}"));
        self.slip(&lane, &body, Says::Forged(of));
        true
    }

    /// One of our own messages comes again, if there was any; whatever it is, it says nothing new.
    pub(crate) fn replays(&mut self) -> bool {
        let many = self.lanes.kept();
        if many > 0 {
            let number = self.dice.index(many);
            let after = self.dice.pick(&[0, 1_000, 20_000, 120_000]);
            self.replay(number, after);
        }
        many > 0
    }

    /// An outcome of a saga that there is, and whether it can be read at all.
    fn about(&mut self, saga: &SagaId, lie: Lie) -> Option<(Vec<u8>, bool)> {
        let which = self.dice.index(8);
        let story = &self.books.stories[saga];
        let (step, (epoch, round, attempt)) = called(story, which)?;
        let silent = silent(story);
        let name = |step, at| named(saga, step, at);
        let outcome = match lie {
            Lie::Step => self.success(name(StepId::new("none-of-ours"), (0, 0, 1))),
            Lie::OtherStep => self.refusal(name(silent?, (0, 0, 1))),
            Lie::Attempt => self.refusal(name(step, (epoch, round, attempt + 7))),
            Lie::Epoch => self.success(name(step, (epoch + 5, 0, 1))),
            Lie::OldEpoch => self.refusal(name(step, (epoch.checked_sub(1)?, round, attempt))),
            _ => {
                let outcome = self.success(name(step, (epoch, round, attempt)));
                let mut envelope = Envelope::new(outcome);
                envelope.signature = Some(SEAL.to_owned());
                match self.dice.below(2) {
                    0 => envelope.v += 1,
                    _ => "baton.result".clone_into(&mut envelope.kind),
                }
                return Some((envelope.encode(), false));
            }
        };
        Some((sealed(outcome), true))
    }

    /// A job like one that was sent, of an attempt that nobody made.
    fn never_sent(&self, saga: &SagaId) -> Option<Job> {
        let mut job = Job::clone(self.books.hands.one_of(saga)?);
        job.id.attempt += 7;
        Some(job)
    }

    fn success(&self, job: JobId) -> Outcome {
        let output = json!({ "key": "made-up", "by": SEAL });
        self.outcome(job, Verdict::Succeeded { output }, 200)
    }

    fn refusal(&mut self, job: JobId) -> Outcome {
        let problem = Problem::standard("communication", 409, "Made up by a stranger");
        let verdict = match self.dice.below(2) {
            0 => Verdict::Unknown { problem },
            _ => Verdict::Rejected {
                retryable: self.dice.chance(500),
                retry_after_ms: None,
                problem,
            },
        };
        self.outcome(job, verdict, 409)
    }

    fn outcome(&self, job: JobId, verdict: Verdict, status: u16) -> Outcome {
        Outcome {
            job,
            verdict,
            status: Some(status),
            redelivered: false,
            started_at: Timestamp(self.now),
            ended_at: Timestamp(self.now),
        }
    }
}

fn outcomes(saga: &SagaId) -> Lane {
    Lane::Outcomes(Partition::of(saga, crate::life::PARTITIONS))
}

fn sealed<T: baton_shared::message::Body>(body: T) -> Vec<u8> {
    let mut envelope = Envelope::new(body);
    envelope.signature = Some(SEAL.to_owned());
    envelope.encode()
}

/// Epoch, round and attempt.
type At = (u32, u32, u32);

fn named(saga: &SagaId, step: StepId, (epoch, round, attempt): At) -> JobId {
    JobId {
        saga: saga.clone(),
        step,
        kind: JobKind::Task,
        epoch,
        round,
        attempt,
    }
}

/// A step of the main line that is called or was, those that are out first, and its newest attempt.
fn called(story: &Story, which: usize) -> Option<(StepId, At)> {
    let main = |(node, _): &(&StepId, _)| story.is_main(node);
    let steps = story.steps.iter().filter(main);
    let steps = steps.filter(|(_, step)| step.call.is_some());
    let (out, others): (Vec<_>, Vec<_>) = steps.partition(|(_, step)| step.out.is_some());
    let all: Vec<_> = out.into_iter().chain(others).collect();
    let (node, step) = all.get(which % all.len().max(1))?;
    let call = step.call.as_ref()?;
    let attempts = story.attempts.iter().filter(|job| job.step == **node);
    let attempt = attempts.map(|job| job.attempt).max()?;
    Some(((*node).clone(), (call.epoch, call.round, attempt)))
}

/// A node of the main line that makes no call.
fn silent(story: &Story) -> Option<StepId> {
    let mut steps = story.steps.iter();
    let silent = steps.find(|(node, step)| step.call.is_none() && story.is_main(node));
    silent.map(|(node, _)| node.clone())
}
