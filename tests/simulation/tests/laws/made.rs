//! What laws are shown: a saga that the core itself brought so far, a call, an end.

use baton_engine::saga::event::AtTask;
use baton_engine::saga::{self, Effect, Event, Input, Recorded, Submission};
use baton_shared::{Job, Outcome, Problem, StepId, Timestamp, Verdict};
use baton_simulation::books::Books;
use baton_simulation::hands::Begins;
use baton_simulation::law::{End, LAWS, Law};
use baton_simulation::library::{self, Volume};
use baton_simulation::service::{Call, Services};
use baton_simulation::store::Kept;
use baton_simulation::story::Story;
use baton_simulation::world::Who;
use serde_json::json;
use std::sync::Arc;

pub(crate) const NOW: Timestamp = Timestamp(1_000_000);
pub(crate) const WHO: Who = Who {
    process: 0,
    life: 1,
};

pub(crate) fn law(name: &str) -> &'static dyn Law {
    let mut laws = LAWS.iter();
    *laws
        .find(|law| law.name() == name)
        .unwrap_or_else(|| panic!("there is no law {name}"))
}

/// A saga whose first attempt is out.
pub(crate) struct Made {
    pub(crate) volume: Arc<Volume>,
    pub(crate) saga: saga::Saga,
    pub(crate) job: Job,
    pub(crate) story: Story,
    pub(crate) books: Books,
}

impl Made {
    /// Of one call, `a`.
    pub(crate) fn new() -> Self {
        Self::of(4)
    }

    /// Of six calls in a row, of which `a` is the first.
    pub(crate) fn of_six() -> Self {
        Self::of(3)
    }

    fn of(number: u32) -> Self {
        let volume = library::volume(number);
        let submission = Submission {
            id: "s0".parse().expect("a plain id"),
            input: json!({}),
            traceparent: None,
        };
        let (saga, decision) =
            saga::start(&volume.workflow, submission, NOW).expect("it takes any input");
        let Effect::Dispatch(job) = decision.effects.into_iter().next().expect("a call");
        let mut events = decision.events.into_iter();
        let first = events.next().expect("a submission");
        let id = saga.id().clone();
        let mut story = Story::new(id, first, volume.workflow.clone()).expect("it begins");
        events.for_each(|recorded| story.take(recorded));
        Self {
            volume,
            saga,
            job: *job,
            story,
            books: Books::default(),
        }
    }

    pub(crate) fn outcome(&self, attempt: u32, verdict: Verdict) -> Outcome {
        let mut job = self.job.id.clone();
        job.attempt = attempt;
        Outcome {
            job,
            verdict,
            status: Some(200),
            redelivered: false,
            started_at: NOW,
            ended_at: NOW,
        }
    }

    /// What the core makes of it.
    pub(crate) fn decide(&mut self, outcome: Outcome) -> Vec<Recorded> {
        let input = Input::Outcome(Box::new(outcome));
        let decision = saga::decide(&self.volume.workflow, &mut self.saga, input, NOW);
        decision.expect("outcomes are not refused").events
    }

    /// What the core makes of the first attempt's outcome is taken in, but for the events from the first on
    /// that `until` picks, which are given back.
    pub(crate) fn told(
        &mut self,
        verdict: Verdict,
        until: impl Fn(&Event) -> bool,
    ) -> Vec<Recorded> {
        let outcome = self.outcome(1, verdict);
        let mut events = self.decide(outcome);
        let place = events.iter().position(|recorded| until(&recorded.event));
        let rest = events.split_off(place.expect("the core decides it"));
        events
            .into_iter()
            .for_each(|recorded| self.story.take(recorded));
        rest
    }

    /// What the law says of these events, one after the other.
    pub(crate) fn judged(mut self, name: &str, events: Vec<Recorded>) -> Result<(), String> {
        for recorded in events {
            law(name).event(&self.books, &self.story, &recorded)?;
            self.story.take(recorded);
        }
        Ok(())
    }

    /// What the law says if this happened now.
    pub(crate) fn asked(&self, law: &dyn Law, event: Event) -> Result<(), String> {
        law.event(&self.books, &self.story, &at(event))
    }

    /// Where a step hangs that began.
    pub(crate) fn place_of(&self, step: &str) -> AtTask {
        let step = self.story.steps.get(&StepId::new(step));
        let at_task = step.and_then(|step| step.at.clone());
        at_task.expect("it began")
    }

    /// The books with this saga in them.
    pub(crate) fn kept(self) -> Books {
        let mut books = self.books;
        books.stories.insert(self.saga.id().clone(), self.story);
        books
    }
}

pub(crate) fn at(event: Event) -> Recorded {
    Recorded { at: NOW, event }
}

pub(crate) fn success() -> Verdict {
    let output = json!({ "key": "k" });
    Verdict::Succeeded { output }
}

pub(crate) fn refusal() -> Verdict {
    let problem = Problem::standard("communication", 409, "no");
    Verdict::Rejected {
        retryable: true,
        retry_after_ms: None,
        problem,
    }
}

pub(crate) fn call(service: &str) -> Call {
    Call {
        service: service.to_owned(),
        method: "POST".to_owned(),
        path: "/do".to_owned(),
        query: String::new(),
        body: Vec::new(),
        key: "key".to_owned(),
        saga: "s0".to_owned(),
        step: "a".to_owned(),
        attempt: 1,
        compensates: None,
    }
}

pub(crate) fn begins<'a>(call: &'a Call, credentials: Option<&'a str>) -> Begins<'a> {
    Begins {
        who: WHO,
        call,
        job: None,
        clock: NOW,
        credentials,
    }
}

/// Everything at rest, with nothing left anywhere.
pub(crate) fn end<'a>(services: &'a Services, kept: &'a Kept) -> End<'a> {
    End {
        services,
        kept,
        queue: None,
        out_of_time: None,
        panics: &[],
    }
}
