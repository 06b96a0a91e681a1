//! The verbs, one file each: the words a verb takes (`Args`) and what it does (`run`).

pub mod cancel;
pub mod check;
pub mod demo;
pub mod deploy;
pub mod dev;
pub mod dlq;
pub mod doctor;
pub mod list;
pub mod pause;
pub mod resume;
pub mod show;
pub mod submit;
pub mod token;
pub mod verify;
pub mod watch;
pub mod workflows;

use crate::args::Command;
use crate::client::Path;
use crate::failure::{Exit, Failure};
use crate::render::{self, line::Line, plain, style};
use crate::session::Session;
use serde_json::Value;

/// Runs one command.
pub async fn run(command: &Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Demo(args) => demo::run(args, session).await,
        Command::Dev(args) => dev::run(args, session).await,
        Command::Check(args) => check::run(args, session),
        Command::Verify(args) => verify::run(args, session),
        Command::Deploy(args) => deploy::run(args, session).await,
        Command::Workflows(args) => workflows::run(args, session).await,
        Command::Submit(args) => submit::run(args, session).await,
        Command::List(args) => list::run(args, session).await,
        Command::Show(args) => show::run(args, session).await,
        Command::Watch(args) => watch::run(args, session).await,
        Command::Cancel(args) => cancel::run(args, session).await,
        Command::Pause(args) => pause::run(args, session).await,
        Command::Resume(args) => resume::run(args, session).await,
        Command::Dlq(args) => dlq::run(args, session).await,
        Command::Doctor(args) => doctor::run(args, session).await,
        Command::Token(args) => token::run(args, session),
    }
}

/// Posts `body` to a saga's `verb`, and shows where the saga stands now.
async fn tell_saga(session: &Session, id: &str, verb: &str, body: Value) -> Result<Exit, Failure> {
    let path = Path::of(&["sagas", id, verb]);
    let answer = session.client.post(&path, &body).await?.body;
    session.show(&answer, || standing(session, id, &answer))?;
    Ok(Exit::Ok)
}

/// `order-1001  compensating`
fn standing(session: &Session, id: &str, answer: &Value) -> String {
    let status = member(answer, "status");
    let mut line = Line::of(style::STRONG, plain(id));
    line.push(style::PLAIN, "  ");
    line.push(render::status_style(&status), status.clone());
    line.paint(session.screen.color) + "\n"
}

/// A text member for people; empty where there is none.
fn member(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::String(text)) => plain(text),
        None | Some(Value::Null) => String::new(),
        Some(other) => plain(&other.to_string()),
    }
}

/// The elements of the list `name` in an answer.
fn elements<'a>(session: &Session, answer: &'a Value, name: &str) -> Result<&'a [Value], Failure> {
    let list = answer.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).ok_or_else(|| Failure::NotBaton {
        api: session.client.api().to_owned(),
        reason: format!("its answer has no list `{name}`"),
    })
}
