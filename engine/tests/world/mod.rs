//! One walk: a saga, services that keep keys and tombstones, a queue that loses nothing for ever but
//! everything for a while, and a die.

mod epoch;
mod expected;
mod ground;
mod judge;
mod people;
pub(crate) mod plan;
mod service;
mod shadow;
mod tale;

use baton_engine::saga::view::SagaView;
use baton_engine::saga::{self, Decision, Effect, Input, Recorded, Saga, Status, Submission};
use baton_engine::workflow::Workflow;
use baton_shared::outcome::Verdict;
use baton_shared::{Job, JobKind, Outcome, Problem, Timestamp};
use judge::Judge;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;
use service::Services;
use shadow::Shadow;
use std::time::Duration;
use tale::Tale;

/// How often, in percent, something goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    /// A service refuses, or answers badly.
    pub answers: u32,
    /// A copy, a loss, an effect whose answer nobody gets, or one that comes later.
    pub lost: u32,
    /// A person does something.
    pub people: u32,
    /// The process dies.
    pub crash: u32,
    /// The broker gives a job up.
    pub poison: u32,
}

impl Faults {
    /// Nothing goes wrong but what services answer.
    pub(crate) const ANSWERS: Self = Self::of(25, 0, 0, 0, 0);
    /// Copies, losses, late effects and crashes.
    pub(crate) const NETWORK: Self = Self::of(15, 25, 0, 10, 4);
    /// Cancels, pauses, and every way to settle a dead letter.
    pub(crate) const PEOPLE: Self = Self::of(25, 5, 12, 2, 8);
    pub(crate) const EVERYTHING: Self = Self::of(20, 20, 8, 8, 5);
    const fn of(answers: u32, lost: u32, people: u32, crash: u32, poison: u32) -> Self {
        Self {
            answers,
            lost,
            people,
            crash,
            poison,
        }
    }
}

/// Generates the same cases each time.
pub(crate) fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

pub(crate) struct Walk<'a> {
    workflow: &'a Workflow,
    saga: Option<Saga>,
    journal: Vec<Recorded>,
    /// Jobs at the queue; one may be taken more than once.
    jobs: Vec<Job>,
    /// Outcomes on their way back.
    outcomes: Vec<Outcome>,
    services: Services,
    judge: Judge,
    shadow: Shadow<'a>,
    /// Requests that a worker gave up on and that still reach their service, and whether anybody
    /// hears of it.
    network: Vec<(Job, bool)>,
    faults: Faults,
    dice: u64,
    now: Timestamp,
    raise: bool,
    tale: Tale,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(workflow: &'a Workflow, seed: u64, faults: Faults, raise: bool) -> Self {
        Self {
            workflow,
            saga: None,
            journal: Vec::new(),
            jobs: Vec::new(),
            outcomes: Vec::new(),
            // Three worlds of four.
            services: Services::new(seed % 4 != 1),
            judge: Judge::default(),
            shadow: Shadow::new(workflow),
            network: Vec::new(),
            faults,
            dice: seed | 1,
            now: Timestamp(1_000_000),
            raise,
            tale: Tale::default(),
        }
    }

    pub(crate) fn journal(&self) -> &[Recorded] {
        &self.journal
    }

    pub(crate) fn told(&self) -> String {
        self.tale.show(&self.journal)
    }

    /// Walks until nothing is left to happen; first with faults, then healed so that it ends.
    pub(crate) fn run(&mut self) -> Result<(), String> {
        self.start()?;
        for step in 0..2_000 {
            let heals = step > 150;
            if self.is_quiet() {
                return self.judge_end();
            }
            self.now = self.now.after(Duration::from_millis(10));
            self.step(heals)?;
        }
        Err("V1: it does not end".to_owned())
    }

    fn start(&mut self) -> Result<(), String> {
        let input = json!({ "raise": self.raise });
        let submission = Submission {
            id: "s1".parse().expect("id"),
            input,
            traceparent: None,
        };
        let (saga, decision) =
            saga::start(self.workflow, submission, self.now).map_err(|refusal| refusal.message)?;
        self.saga = Some(saga);
        self.follow(decision, "start", None)
    }

    fn saga(&self) -> &Saga {
        self.saga.as_ref().expect("started")
    }

    fn is_quiet(&self) -> bool {
        let quiet = self.jobs.is_empty() && self.outcomes.is_empty() && self.network.is_empty();
        self.saga().is_over() && quiet
    }

    /// xorshift: the same walk for the same seed.
    fn roll(&mut self, sides: usize) -> usize {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        usize::try_from(self.dice >> 33).unwrap_or(0) % sides.max(1)
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.roll(100) < usize::try_from(percent).unwrap_or(0)
    }

    fn step(&mut self, heals: bool) -> Result<(), String> {
        if !heals && self.chance(self.faults.crash) {
            return self.crash();
        }
        if !heals && self.chance(self.faults.people) {
            return self.person();
        }
        if self.chance(5) {
            // Time passes, and nobody says for what.
            let span = self.roll(6_000);
            self.now = self.now.after(Duration::from_millis(span as u64));
            return self.decide(Input::Tick, "tick");
        }
        // Most of what is late is late indeed: it waits for the saga's end.
        let hurry = if self.saga().is_over() { 50 } else { 5 };
        if !self.network.is_empty() && self.chance(hurry) {
            let at = self.roll(self.network.len());
            self.arrive(at);
            return Ok(());
        }
        match (self.roll(3), self.jobs.is_empty(), self.outcomes.is_empty()) {
            (0 | 1, false, _) | (2, false, true) => {
                let at = self.roll(self.jobs.len());
                self.take(at, heals)
            }
            (_, _, false) => {
                let at = self.roll(self.outcomes.len());
                let outcome = self.outcomes.swap_remove(at);
                if !heals && self.chance(self.faults.lost) {
                    // A copy stays on its way.
                    self.outcomes.push(outcome.clone());
                }
                let told = format!("outcome {} {}", outcome.job, word(&outcome.verdict));
                self.decide(Input::Outcome(Box::new(outcome)), &told)
            }
            _ => self.pass_time(),
        }
    }

    /// A worker takes a job copy; what becomes of it is the dice's.
    fn take(&mut self, at: usize, heals: bool) -> Result<(), String> {
        let job = self.jobs.swap_remove(at);
        let (lost, answers, poison) = if heals {
            (0, 0, 0)
        } else {
            (self.faults.lost, self.faults.answers, self.faults.poison)
        };
        let mut redelivered = job.again;
        if self.chance(lost) {
            // The worker dies before or after the call: the broker delivers the job again.
            if self.chance(50) {
                self.services.call(&job);
            }
            let copy = Job { again: true, ..job };
            self.jobs.push(copy);
            return Ok(());
        }
        if self.chance(poison) {
            if self.roll(2) == 0 {
                // Some worker had called before it died of it.
                let heard = self.roll(2) == 0;
                self.network.push((job.clone(), heard));
            }
            let told = format!("given up {}", job.id);
            return self.decide(
                Input::GivenUp {
                    job: job.id,
                    reason: "test".to_owned(),
                },
                &told,
            );
        }
        redelivered |= job.again;
        let verdict = if self.chance(answers) {
            self.bad_answer(&job)
        } else {
            self.services.call(&job)
        };
        if self.chance(lost) {
            // Nobody reports; the deadline will say so. The job may still come again.
            return Ok(());
        }
        self.outcomes.push(self.outcome(&job, verdict, redelivered));
        Ok(())
    }

    /// A request that was given up on reaches its service after all.
    fn arrive(&mut self, at: usize) {
        let (job, heard) = self.network.swap_remove(at);
        let verdict = self.services.call(&job);
        if heard {
            self.outcomes.push(self.outcome(&job, verdict, true));
        }
    }

    fn bad_answer(&mut self, job: &Job) -> Verdict {
        match self.roll(5) {
            // Refused for good: a service that keeps keys refuses only what it has not done.
            0 | 1 => self.services.refuse(job),
            2 => Verdict::Rejected {
                retryable: true,
                retry_after_ms: (self.roll(2) == 0).then_some(3_000),
                problem: problem(429),
            },
            3 if self.roll(2) == 0 => {
                // Its worker waits no longer; the request is still on its way.
                let heard = self.roll(2) == 0;
                self.network.push((job.clone(), heard));
                Verdict::Unknown {
                    problem: problem(504),
                }
            }
            // A service that forgot, or a wrong address: what is known to be there must be found.
            3 if !job.again && self.shadow.must_be_there(&job.id) => Verdict::Rejected {
                retryable: false,
                retry_after_ms: None,
                problem: problem(404),
            },
            3 => Verdict::Unknown {
                problem: problem(500),
            },
            _ => {
                self.services.call(job);
                Verdict::Unknown {
                    problem: problem(504),
                }
            }
        }
    }

    fn outcome(&self, job: &Job, verdict: Verdict, redelivered: bool) -> Outcome {
        let status = match &verdict {
            Verdict::Succeeded { .. } | Verdict::Accepted => 200,
            Verdict::Rejected { problem, .. } | Verdict::Unknown { problem } => problem.status,
        };
        Outcome {
            job: job.id.clone(),
            verdict,
            status: Some(status),
            redelivered,
            started_at: self.now,
            ended_at: self.now,
        }
    }

    /// Time goes to the next due moment; where there is none, a person must settle something.
    fn pass_time(&mut self) -> Result<(), String> {
        if let Some(due) = self.saga().wake_at() {
            self.now = self.now.max(due);
            return self.decide(Input::Tick, "tick");
        }
        self.settle()
    }

    fn view(&self) -> SagaView {
        SagaView::of(self.saga().id(), &self.journal).expect("there is a saga")
    }

    fn decide(&mut self, input: Input, told: &str) -> Result<(), String> {
        let mut saga = self.saga.take().expect("started");
        let before = saga.clone();
        let ticked = matches!(input, Input::Tick);
        let decided = saga::decide(self.workflow, &mut saga, input.clone(), self.now);
        let idle = decided
            .as_ref()
            .is_ok_and(|decision| decision.events.is_empty());
        let due = saga.wake_at().is_some_and(|at| at <= self.now);
        self.saga = Some(saga);
        if ticked && idle && due {
            return Err("V1: its time has come, and a tick changes nothing".to_owned());
        }
        match decided {
            Ok(decision) => self.follow(decision, told, Some(&input)),
            Err(refusal) => {
                self.tale.hear(format!("{told}: refused {}", refusal.code));
                if *self.saga() == before {
                    Ok(())
                } else {
                    Err(format!("a refusal changed the saga: {}", refusal.message))
                }
            }
        }
    }

    fn follow(
        &mut self,
        decision: Decision,
        told: &str,
        input: Option<&Input>,
    ) -> Result<(), String> {
        let quiet = decision.events.is_empty();
        self.tale.hear(told.to_owned());
        self.journal.extend(decision.events.iter().cloned());
        let saga = self.saga.as_ref().expect("started");
        self.tale.follow(self.journal.len(), saga);
        self.judge.take(&decision)?;
        self.shadow.heard(input, &decision, self.now)?;
        for Effect::Dispatch(job) in decision.effects {
            if !is_undo(&job) {
                self.services.sent.insert(job.key.clone());
            }
            self.jobs.push(*job);
        }
        self.shadow.state(self.saga())?;
        // Both read the whole journal; what went wrong in between is still wrong at the next look.
        if quiet || (!self.journal.len().is_multiple_of(3) && !self.saga().is_over()) {
            return Ok(());
        }
        self.judge.state(self.saga(), &self.view())?;
        let replayed = Saga::replay(self.saga().id().clone(), &self.journal);
        if replayed.as_ref() == self.saga.as_ref() {
            Ok(())
        } else {
            Err("V15: replaying the journal gives another state".to_owned())
        }
    }

    /// The process dies: another one reads the journal and sends again what is outstanding. Jobs that
    /// were not confirmed are lost.
    fn crash(&mut self) -> Result<(), String> {
        self.tale.hear("crash".to_owned());
        let saga = Saga::replay(self.saga().id().clone(), &self.journal).expect("replays");
        if self.chance(50) {
            self.jobs.clear();
        }
        for Effect::Dispatch(job) in saga.outstanding() {
            self.jobs.push(Job {
                again: true,
                ..*job
            });
        }
        self.saga = Some(saga);
        Ok(())
    }

    fn judge_end(&mut self) -> Result<(), String> {
        let view = self.view();
        if view.status == Status::Suspended {
            return Err("a final saga is suspended".to_owned());
        }
        self.judge.end(&view, &self.services, self.workflow)?;
        self.shadow.end(view.status, &self.services)
    }
}

fn problem(status: u16) -> Problem {
    Problem::standard("communication", status, "no")
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Succeeded { .. } => "succeeded",
        Verdict::Accepted => "accepted",
        Verdict::Rejected {
            retryable: true, ..
        } => "busy",
        Verdict::Rejected { .. } => "rejected",
        Verdict::Unknown { .. } => "unknown",
    }
}

/// Whether a job undoes something.
fn is_undo(job: &Job) -> bool {
    job.id.kind == JobKind::Compensation
}
