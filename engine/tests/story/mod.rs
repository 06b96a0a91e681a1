//! Telling a story: what its workflow does, line by line, on what reaches it.

use crate::common;
use baton_engine::saga::event::{self, Event, Failure};
use baton_engine::saga::view::SagaView;
use baton_engine::saga::{
    self, Decision, Effect, Input, Recorded, Refusal, Saga, Status, Submission,
};
use baton_engine::workflow::Workflow;
use baton_shared::outcome::Verdict;
use baton_shared::{Job, Outcome, Problem, StepId, Timestamp};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A story that says so is wrong.
pub(crate) const NO_JOB: &str = "there is no such job";

/// The files of all stories, in order.
pub(crate) fn paths() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("stories")
        .map(|entry| entry.expect("entry").path())
        .collect();
    paths.sort();
    paths
}

/// The story again, with what really follows each line.
pub(crate) fn tell(written: &str) -> String {
    play(written).0
}

pub(crate) fn play(written: &str) -> (String, Vec<Recorded>) {
    let (head, rest) = written
        .split_once("----\n")
        .expect("a story has a workflow, then ----");
    let body: String = head
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    let mut teller = Teller {
        workflow: common::workflow(&body),
        saga: None,
        journal: Vec::new(),
        jobs: Vec::new(),
        now: Timestamp(1_000_000),
    };
    let mut told = format!("{head}----\n");
    for line in rest
        .lines()
        .filter(|line| line.starts_with('>') || line.starts_with('#'))
    {
        told.push_str(line);
        told.push('\n');
        if let Some(command) = line.strip_prefix("> ") {
            told.push_str(&teller.hear(command));
        }
    }
    (told, teller.journal)
}

struct Teller {
    workflow: Workflow,
    saga: Option<Saga>,
    journal: Vec<Recorded>,
    /// Every job that was ever sent.
    jobs: Vec<Job>,
    now: Timestamp,
}

impl Teller {
    fn hear(&mut self, command: &str) -> String {
        let mut words = command.splitn(3, ' ');
        let (verb, step, rest) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
            words.next(),
        );
        let value = rest.map(|text| serde_json::from_str(text).unwrap_or_else(|_| json!(text)));
        self.now = self.now.after(Duration::from_millis(10));
        let decided = match verb {
            "start" => self.start(serde_json::from_str(step).unwrap_or(Value::Null)),
            "crash" => return self.crash(),
            "show" => return self.show(),
            "owed" => return self.owed(),
            "ok" | "reject" | "reject-again" | "unsent" | "gone" | "busy" | "unknown"
            | "poison"
                if self.find(step).is_none() =>
            {
                return format!("  {NO_JOB}\n");
            }
            _ => {
                let input = self.input(verb, step, value);
                let mut saga = self.saga.take().expect("started");
                let decided = saga::decide(&self.workflow, &mut saga, input, self.now);
                self.saga = Some(saga);
                decided
            }
        };
        match decided {
            Ok(decision) => self.follow(decision),
            Err(Refusal { code, message }) => format!("  refused {code}: {message}\n"),
        }
    }

    fn start(&mut self, input: Value) -> Result<Decision, Refusal> {
        let submission = Submission {
            id: "s1".parse().expect("id"),
            input,
            traceparent: None,
        };
        let (saga, decision) = saga::start(&self.workflow, submission, self.now)?;
        self.saga = Some(saga);
        Ok(decision)
    }

    /// `STEP` is the newest job of that step; `STEP/N` its attempt N.
    fn job(&self, step: &str) -> Job {
        self.find(step).expect("looked for before").clone()
    }

    fn find(&self, step: &str) -> Option<&Job> {
        let (step, attempt) = match step.rsplit_once('/') {
            Some((step, n)) if n.parse::<u32>().is_ok() => (step, n.parse().ok()),
            _ => (step, None),
        };
        let fits = |job: &&Job| {
            job.id.step.as_str() == step && attempt.is_none_or(|n: u32| n == job.id.attempt)
        };
        self.jobs.iter().rev().find(fits)
    }

    fn outcome(&self, step: &str, status: u16, verdict: Verdict, redelivered: bool) -> Input {
        Input::Outcome(Box::new(Outcome {
            job: self.job(step).id,
            verdict,
            status: Some(status),
            redelivered,
            started_at: self.now,
            ended_at: self.now,
        }))
    }

    fn input(&mut self, verb: &str, step: &str, value: Option<Value>) -> Input {
        let problem = |status| Problem::standard("communication", status, "no");
        let rejected = |status, retryable| Verdict::Rejected {
            retryable,
            retry_after_ms: None,
            problem: problem(status),
        };
        let at = StepId::new(step);
        let text = || value.as_ref().and_then(Value::as_str).map(str::to_owned);
        match verb {
            "ok" => {
                let output = value.unwrap_or_else(|| json!({ "id": step }));
                self.outcome(step, 200, Verdict::Succeeded { output }, false)
            }
            "reject" => self.outcome(step, 422, rejected(422, false), false),
            "reject-again" => self.outcome(step, 422, rejected(422, false), true),
            // The worker could not even send it: there is no status.
            "unsent" => match self.outcome(step, 401, rejected(401, false), false) {
                Input::Outcome(outcome) => Input::Outcome(Box::new(Outcome {
                    status: None,
                    ..*outcome
                })),
                other => other,
            },
            "gone" => self.outcome(step, 404, rejected(404, false), false),
            // With how long to wait, in milliseconds, where the service says so.
            "busy" => {
                let busy = Verdict::Rejected {
                    retryable: true,
                    retry_after_ms: value.as_ref().and_then(Value::as_u64),
                    problem: problem(429),
                };
                self.outcome(step, 429, busy, false)
            }
            "unknown" => self.outcome(
                step,
                500,
                Verdict::Unknown {
                    problem: problem(500),
                },
                false,
            ),
            "poison" => Input::GivenUp {
                job: self.job(step).id,
                reason: "delivery_limit".to_owned(),
            },
            "after" => {
                let wait = baton_shared::duration::parse(step).expect("a duration");
                self.now = self.now.after(wait);
                Input::Tick
            }
            "cancel" => Input::Cancel { reason: None },
            "pause" => Input::Pause,
            "resume" => Input::Resume,
            "retry" => Input::Retry {
                step: at,
                input: value,
            },
            "skip" => Input::Skip {
                step: at,
                output: value.clone().unwrap_or_default(),
                reason: text().or_else(|| value.as_ref().map(ToString::to_string)),
            },
            "drop" => Input::Drop {
                step: at,
                reason: text().unwrap_or_default(),
            },
            other => panic!("no story word `{other}`"),
        }
    }

    fn follow(&mut self, decision: Decision) -> String {
        let mut told = String::new();
        for recorded in &decision.events {
            if let Some(line) = line(&recorded.event, self.now) {
                writeln!(told, "  {line}").expect("text");
            }
        }
        self.journal.extend(decision.events);
        for effect in decision.effects {
            let Effect::Dispatch(job) = effect;
            writeln!(
                told,
                "  do {}/{}  key {}{}{}",
                job.id.step,
                job.id.attempt,
                job.key,
                asked(&job),
                body(&job)
            )
            .expect("text");
            self.jobs.push(*job);
        }
        let saga = self.saga.as_ref().expect("started");
        let replayed = Saga::replay(saga.id().clone(), &self.journal).expect("replays");
        assert!(
            *saga == replayed,
            "replaying the journal gives another state"
        );
        assert_eq!(saga.seq(), self.journal.len() as u64);
        let bytes = event::encode(&self.journal);
        assert_eq!(
            event::decode(&bytes).as_ref(),
            Ok(&self.journal),
            "a journal reads back"
        );
        let wake = saga.wake_at().map_or(String::new(), |at| {
            format!(
                ", wake +{}",
                baton_shared::duration::show(at.since(self.now))
            )
        });
        writeln!(told, "  = {}{wake}", saga.status().word()).expect("text");
        told
    }

    /// The process dies and another one reads the journal; it sends again what is outstanding.
    fn crash(&mut self) -> String {
        let saga = Saga::replay("s1".parse().expect("id"), &self.journal).expect("replays");
        let mut told = String::new();
        for Effect::Dispatch(job) in saga.outstanding() {
            writeln!(
                told,
                "  again {}/{}  key {}",
                job.id.step, job.id.attempt, job.key
            )
            .expect("text");
        }
        self.saga = Some(saga);
        told
    }

    /// What a rollback would undo now.
    fn owed(&self) -> String {
        let saga = self.saga.as_ref().expect("started");
        let steps: Vec<_> = saga.would_undo().map(ToString::to_string).collect();
        format!("  [{}]\n", steps.join(", "))
    }

    fn show(&self) -> String {
        let id = "s1".parse().expect("id");
        let view = SagaView::of(&id, &self.journal).expect("there is a saga");
        let mut told = String::new();
        for step in &view.steps {
            let status = serde_json::to_value(step.status).expect("a word");
            let attempts: Vec<String> = step
                .attempts
                .iter()
                .map(|a| {
                    let word = serde_json::to_value(a.status).expect("a word");
                    format!("{} {}", a.number, word.as_str().unwrap_or_default())
                })
                .collect();
            let within = if step.within.is_empty() {
                String::new()
            } else {
                format!("  in {}", step.within.join("/"))
            };
            let why = step.reason.as_ref().filter(|_| step.ended_at.is_some());
            let why = why.map_or(String::new(), |why| format!("  ({why})"));
            writeln!(
                told,
                "  {}  {}  [{}]{within}{why}",
                step.name,
                status.as_str().unwrap_or_default(),
                attempts.join(", ")
            )
            .expect("text");
        }
        if let Some(error) = view
            .error
            .as_ref()
            .filter(|_| view.status == Status::Completed)
        {
            writeln!(told, "  error: {} {}", error.status, error.title).expect("text");
        }
        let more = json!({ "standing": view.standing, "maybe": view.maybe, "late": view.late,
            "letters": view.dead_letters().iter().map(|letter| letter.id.clone()).collect::<Vec<_>>() });
        writeln!(told, "  {more}").expect("text");
        told
    }
}

/// Method, target, query and headers, where they are not those of `do` and `undo`.
fn asked(job: &Job) -> String {
    let request = &job.request;
    let plain = request.method == "POST" && matches!(request.target.as_str(), "/do" | "/undo");
    let mut told = String::new();
    if !plain {
        write!(told, "  {} {}", request.method, request.target).expect("text");
    }
    for (name, value) in &request.query {
        write!(told, "  ?{name}={value}").expect("text");
    }
    for (name, value) in &request.headers {
        write!(told, "  {name}: {value}").expect("text");
    }
    told
}

fn body(job: &Job) -> String {
    match &job.request.body {
        Some(body) if body != "null" => format!("  {body}"),
        _ => String::new(),
    }
}

fn ended(status: Status, standing: &[String], problem: Option<&Problem>) -> String {
    let mut told = format!("Ended {}", status.word());
    if !standing.is_empty() {
        write!(told, ", standing: {}", standing.join(", ")).expect("text");
    }
    if let Some(problem) = problem {
        write!(told, ", with its last output: {}", problem.title).expect("text");
    }
    told
}

/// One event as a story tells it; steps that start are told by their attempts.
fn line(event: &Event, now: Timestamp) -> Option<String> {
    let span = |at: &Timestamp| baton_shared::duration::show(at.since(now));
    Some(match event {
        Event::StepStarted { .. } => return None,
        Event::AttemptStarted { node, attempt, .. } => format!("AttemptStarted {node}/{attempt}"),
        Event::AttemptFailed {
            node,
            attempt,
            verdict,
            ..
        } => {
            let word = match verdict {
                Failure::Rejected => "rejected",
                Failure::Unknown => "unknown",
            };
            format!("AttemptFailed {node}/{attempt} {word}")
        }
        Event::RetryScheduled { node, due } => format!("RetryScheduled {node} in {}", span(due)),
        Event::StepHeld { node, reason, .. } => format!("StepHeld {node}: {reason}"),
        Event::TaskHeld { node, reason, .. } => format!("TaskHeld {node}: {reason}"),
        Event::Completed {
            node,
            output,
            skipped,
            keep,
            ..
        } => {
            let skipped = if *skipped { " (skipped)" } else { "" };
            let kept = if *keep { " (kept)" } else { "" };
            format!("Completed {node}{skipped}{kept} {output}")
        }
        Event::Failing { cause, problem } => {
            format!("Failing {cause:?}: {} {}", problem.status, problem.title)
        }
        Event::Pending { cause, .. } => format!("Pending {cause:?}"),
        Event::Caught {
            node,
            problem,
            rerun,
            ..
        } => {
            let rerun = rerun.map_or(String::new(), |at| format!(", again in {}", span(&at)));
            format!("Caught {node}: {}{rerun}", problem.status)
        }
        Event::OutputHeld { node, reason, .. } => format!("OutputHeld {node}: {reason}"),
        Event::Entered { node, .. } => format!("Entered {node}"),
        Event::Failed { node, problem, .. } => {
            format!("Failed {node}: {} {}", problem.status, problem.title)
        }
        Event::BranchFailed { node, branch, .. } => format!("BranchFailed {node} {branch}"),
        Event::EpochOpened { node, .. } => format!("EpochOpened {node}"),
        Event::StepGivenUp { node, .. } => format!("StepGivenUp {node}"),
        Event::LateSuccess { record, .. } => format!("LateSuccess #{record}"),
        Event::UndoStarted { node, bare, .. } => {
            format!("UndoStarted {node}{}", if *bare { " (bare)" } else { "" })
        }
        Event::Ended {
            status,
            standing,
            problem,
            ..
        } => ended(*status, standing, problem.as_ref()),
        other => plain(other),
    })
}

/// The event's name and its plain members.
fn plain(event: &Event) -> String {
    let Value::Object(members) = serde_json::to_value(event).expect("plain data") else {
        return String::new();
    };
    let mut told = String::new();
    for (name, member) in members {
        match (name.as_str(), member) {
            ("event", Value::String(word)) => {
                let mut letters = word.chars();
                let first = letters.next().map(|c| c.to_ascii_uppercase());
                told = first.into_iter().chain(letters).collect();
            }
            ("workflow" | "version" | "input" | "data" | "deadline" | "traceparent", _) => {}
            (_, Value::String(text)) => told.push_str(&format!(" {text}")),
            (_, Value::Number(number)) => told.push_str(&format!(" {number}")),
            _ => {}
        }
    }
    told
}
