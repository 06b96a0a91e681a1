//! `baton dlq retry ID...`

use super::{DeadLetterId, act, settled};
use crate::client::Path;
use crate::command::{elements, member};
use crate::failure::{Exit, Failure, Refusal};
use crate::session::Session;
use crate::value;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Try held jobs again
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    baton dlq retry order-1001/bookShipment:undo\n  \
    baton dlq retry --all --service shipping\n  \
    baton dlq retry order-1001/capture --input '{\"amount\": 10}'\n\n\
    Without --input the same call is made again under the same key. With it the call is a new one:\n\
    the old one is undone first.")]
pub struct Args {
    /// Dead letters: <saga>/<step>
    #[arg(
        value_name = "ID",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    pub ids: Vec<DeadLetterId>,
    /// Another input: JSON, @FILE, or - for stdin
    #[arg(
        long,
        value_name = "JSON|@FILE|-",
        conflicts_with = "all",
        allow_negative_numbers = true
    )]
    pub input: Option<String>,
    /// All of them, or all that --workflow and --service name
    #[arg(long)]
    pub all: bool,
    /// With --all: only of this workflow
    #[arg(long, value_name = "NAME", requires = "all", conflicts_with = "ids")]
    pub workflow: Option<String>,
    /// With --all: only calls of this service
    #[arg(long, value_name = "NAME", requires = "all", conflicts_with = "ids")]
    pub service: Option<String>,
}

pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    if args.all {
        return retry_all(args, session).await;
    }
    let mut body = Map::new();
    if let Some(input) = &args.input {
        body.insert("input".into(), value::read("--input", input)?);
    }
    let body = Value::Object(body);
    let mut exit = Exit::Ok;
    for id in &args.ids {
        match act(session, id, "retry", "retried", &body).await {
            Ok(()) => {}
            // One that is refused does not stop the others.
            Err(Failure::Refused(refusal)) => {
                exit = Exit::Refused;
                not_retried(session, &id.to_string(), &refusal);
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(exit)
}

/// How long the server may take for thousands of them.
const MANY: Duration = Duration::from_secs(300);

async fn retry_all(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let mut body = json!({ "all": true });
    if let Some(typed) = &args.workflow {
        body["workflow"] = typed.as_str().into();
    }
    if let Some(service) = &args.service {
        body["service"] = service.as_str().into();
    }
    let path = Path::of(&["dead-letters", "retry"]);
    let answer = session.client.post_within(&path, &body, MANY).await?.body;
    let retried = elements(session, &answer, "retried")?;
    let failed = elements(session, &answer, "failed")?;
    session.show(&answer, || {
        let line = |id: &Value| {
            let id = id.as_str().unwrap_or_default();
            settled(session, "retried", &crate::render::plain(id), &Value::Null)
        };
        retried.iter().map(line).collect()
    })?;
    if !session.json && retried.is_empty() && failed.is_empty() {
        session.screen.note("nothing waits for a person");
    }
    if !session.json && answer.get("more") == Some(&Value::Bool(true)) {
        session.screen.note("there are more: run it again");
    }
    for failure in failed {
        let problem = failure.get("problem").cloned().unwrap_or_default();
        let status = problem.get("status").and_then(Value::as_u64);
        let status = status.and_then(|status| u16::try_from(status).ok());
        let refusal = Refusal::read(status.unwrap_or(409), None, problem);
        not_retried(session, &member(failure, "id"), &refusal);
    }
    Ok(if failed.is_empty() {
        Exit::Ok
    } else {
        Exit::Refused
    })
}

fn not_retried(session: &Session, id: &str, refusal: &Refusal) {
    let screen = &session.screen;
    screen.complain(&screen.error_line(&format!("{id} was not retried: {refusal}")));
}
