//! `baton demo`: a few sagas, told as a story.
//!
//! ```text
//!   composition (server, worker, example services in one process)
//!        │ a Session for its API
//!        ▼
//!   tell(&Session, &[Act]) ─► for each act: a title, the live tree ─► summary
//! ```
//!
//! [`tell`] only needs an API, and so does not care how Baton was started.

use super::member;
use crate::client::Path;
use crate::failure::{Exit, Failure};
use crate::follow::{self, Show, Until};
use crate::render::line::{self, Line};
use crate::render::{Look, count, status_style, status_word, style, tree};
use crate::session::Session;
use baton_engine::saga::Status;
use baton_engine::saga::view::{SagaView, StepKind, StepStatus};
use serde_json::{Value, json};
use std::time::Duration;

/// Watch an order succeed, fail and be undone
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton demo\n\nNeeds nothing, and leaves nothing behind.")]
pub struct Args {}

/// Starts everything, tells the story, stops everything.
pub async fn run(_args: &Args, _session: &Session) -> Result<Exit, Failure> {
    Err(Failure::System(
        "this build of `baton` has no server in it: start `baton-orchestrator` and `baton-worker`"
            .to_owned(),
    ))
}

/// One saga of the story.
#[derive(Clone, Debug)]
pub struct Act {
    /// What is about to be seen, in a sentence.
    pub title: &'static str,
    /// `namespace/name`, deployed already.
    pub workflow: &'static str,
    pub id: &'static str,
    pub input: Value,
}

/// How long one act may take: a demo that hangs says so.
const ACT: Duration = Duration::from_secs(60);

/// Plays the acts one after the other, and sums up.
pub async fn tell(session: &Session, acts: &[Act]) -> Result<Vec<SagaView>, Failure> {
    let mut views = Vec::new();
    for act in acts {
        let title = Line::of(style::STRONG, act.title).paint(session.screen.color);
        session.screen.print(&format!("\n{title}\n\n"))?;
        let body = json!({ "workflow": act.workflow, "id": act.id, "input": act.input });
        let answer = session.client.post(&Path::of(&["sagas"]), &body).await?;
        let live = session.screen.live;
        let show = if live { Show::Live } else { Show::Nothing };
        let until = Until {
            deadline: Some(follow::deadline(ACT)),
            suspended: true,
        };
        let id = member(&answer.body, "id");
        let seen = follow::follow(session, &id, show, until).await?;
        if !live {
            let text = tree::tree(&seen.view, &session.screen.look());
            session.screen.print(&text)?;
        }
        views.push(seen.view);
    }
    let look = session.screen.look();
    session
        .screen
        .print(&format!("\n{}", summary(&views, &look)))?;
    Ok(views)
}

/// What was seen, in numbers, and what to type next.
pub fn summary(views: &[SagaView], look: &Look) -> String {
    let steps = || views.iter().flat_map(|view| &view.steps);
    let calls: usize = steps().map(|step| step.attempts.len()).sum();
    let undone = steps()
        .filter(|step| step.kind == StepKind::Compensation && step.status == StepStatus::Succeeded)
        .count();
    let mut first = Line::of(style::STRONG, count(views.len(), "saga"));
    let mut mark = ": ";
    for status in [
        Status::Completed,
        Status::Compensated,
        Status::Faulted,
        Status::Cancelled,
        Status::Suspended,
    ] {
        let number = views.iter().filter(|view| view.status == status).count();
        if number > 0 {
            let word = status_word(status);
            first.push(style::PLAIN, mark);
            first.push(status_style(word), format!("{number} {word}"));
            mark = ", ";
        }
    }
    let second = format!("{}, {} undone", count(calls, "call"), count(undone, "step"));
    let mut lines = vec![first, Line::of(style::PLAIN, second), Line::default()];
    let next = [
        (
            "baton dev --workflows DIR --services FILE",
            "your own workflows",
        ),
        ("baton check FILE", "what is wrong with one"),
        ("baton --help", "everything else"),
    ];
    for (command, why) in next {
        let mut line = Line::of(style::PLAIN, format!("  {command}"));
        line.pad(46);
        line.push(style::DIM, why);
        lines.push(line);
    }
    line::text(&lines, look.color)
}
