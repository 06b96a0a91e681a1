//! `baton dlq`: jobs that cannot go on without a person.

pub mod drop;
pub mod list;
pub mod retry;
pub mod show;
pub mod skip;

use crate::client::Path;
use crate::failure::{Exit, Failure};
use crate::render::line::Line;
use crate::render::{plain, status_style, style};
use crate::session::Session;
use clap::Subcommand;
use serde_json::Value;
use std::str::FromStr;

/// List, retry, skip or drop jobs that wait for a person
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    List(list::Args),
    Show(show::Args),
    Retry(retry::Args),
    Skip(skip::Args),
    Drop(drop::Args),
}

pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::List(args) => list::run(args, session).await,
        Verb::Show(args) => show::run(args, session).await,
        Verb::Retry(args) => retry::run(args, session).await,
        Verb::Skip(args) => skip::run(args, session).await,
        Verb::Drop(args) => drop::run(args, session).await,
    }
}

/// `<saga>/<step>`; of an orphan `-/<id>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterId {
    saga: String,
    step: String,
}

impl FromStr for DeadLetterId {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some((saga, step)) if !saga.is_empty() && !step.is_empty() => Ok(Self {
                saga: saga.to_owned(),
                step: step.to_owned(),
            }),
            _ => Err("write it as <saga>/<step>, as `baton dlq list` shows it".to_owned()),
        }
    }
}

impl std::fmt::Display for DeadLetterId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&plain(&format!("{}/{}", self.saga, self.step)))
    }
}

impl DeadLetterId {
    fn path(&self) -> Path {
        Path::of(&["dead-letters", &self.saga, &self.step])
    }

    fn action(&self, verb: &str) -> Path {
        Path::of(&["dead-letters", &self.saga, &self.step, verb])
    }
}

/// Posts an action, and says that it was done.
async fn act(
    session: &Session,
    id: &DeadLetterId,
    verb: &str,
    done: &str,
    body: &Value,
) -> Result<(), Failure> {
    let answer = session.client.post(&id.action(verb), body).await?.body;
    session.show(&answer, || settled(session, done, &id.to_string(), &answer))
}

/// `retried order-1001/bookShipment:undo  compensating`
fn settled(session: &Session, done: &str, id: &str, answer: &Value) -> String {
    let mut line = Line::of(style::GOOD, done);
    line.push(style::PLAIN, format!(" {id}"));
    let status = super::member(answer, "status");
    if !status.is_empty() {
        line.push(style::PLAIN, "  ");
        line.push(status_style(&status), status);
    }
    line.paint(session.screen.color) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_cut_at_the_first_slash() {
        let id: DeadLetterId = "order-1/a/b[3]:undo".parse().expect("an id");
        assert_eq!(
            (id.saga.as_str(), id.step.as_str()),
            ("order-1", "a/b[3]:undo")
        );
        assert!("-/42".parse::<DeadLetterId>().is_ok());
        for wrong in ["", "order-1", "order-1/", "/a"] {
            assert!(wrong.parse::<DeadLetterId>().is_err(), "{wrong}");
        }
    }
}
