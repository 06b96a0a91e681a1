//! `baton submit NAME`

use super::{member, standing};
use crate::client::{Answer, Path};
use crate::failure::{Exit, Failure};
use crate::follow::{self, Seen, Show, Until};
use crate::render::{is_final, status_word, tree};
use crate::session::Session;
use crate::{terminal, value};
use baton_engine::saga::Status;
use baton_orchestrator::ids::Ids;
use baton_shared::duration;
use serde_json::{Map, Value};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Start a saga
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    baton submit order --id order-1001 --input '{\"sku\": \"hat\"}' --wait\n  \
    baton submit shop/order@1.0.0 --input @order.json\n\n\
    The same --id with the same input is the same saga: submitting twice is safe.\n\
    With --wait: exit code 0 completed, 1 ended otherwise, 4 suspended or not ended in time.")]
pub struct Args {
    /// The workflow: `name` or `namespace/name`, and `@version` where it is not the newest
    #[arg(value_name = "NAME[@VERSION]")]
    pub workflow: String,
    /// The saga's id; one is made where none is given
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// The input: JSON, @FILE, or - for stdin
    #[arg(long, value_name = "JSON|@FILE|-", allow_negative_numbers = true)]
    pub input: Option<String>,
    /// Wait until the saga has ended
    #[arg(long)]
    pub wait: bool,
    /// How long to wait: 500ms, 30s, 5m
    #[arg(long, value_name = "TIME", default_value = "30s", requires = "wait", value_parser = duration::parse)]
    pub timeout: Duration,
}

pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let (name, version) = parts(&args.workflow)?;
    let mut body = Map::new();
    if let Some(input) = &args.input {
        body.insert("input".into(), value::read("--input", input)?);
    }
    // Chosen here where nobody chose one: where the answer is lost, it can be asked for.
    let id = args.id.clone().unwrap_or_else(made);
    body.insert("id".into(), id.as_str().into());
    if let Some(version) = version {
        body.insert("version".into(), version.into());
    }
    body.insert("workflow".into(), name.into());
    let deadline = follow::deadline(args.timeout);
    let path = Path::of(&["sagas"]);
    let answer = session.client.post(&path, &Value::Object(body)).await;
    let answer = answer.map_err(|failure| unanswered(failure, &id))?;
    let id = member(&answer.body, "id");
    if !args.wait {
        session.show(&answer.body, || accepted(session, &id, &answer))?;
        return Ok(Exit::Ok);
    }
    let live = session.screen.live && !session.json;
    let show = if live { Show::Live } else { Show::Nothing };
    let until = Until {
        deadline: Some(deadline),
        suspended: true,
        accepted: true,
        patience: follow::PATIENCE,
    };
    let seen = follow::follow(session, &id, show, until).await?;
    if !live {
        session.show(&seen.raw, || tree::tree(&seen.view, &session.screen.look()))?;
    }
    Ok(end(session, args, &seen))
}

/// An id that no other process makes.
fn made() -> String {
    let seed = RandomState::new().hash_one(std::process::id());
    Ids::new(seed).saga(terminal::now()).to_string()
}

/// A submission that may have arrived is named: it can be looked for, and sent again.
fn unanswered(failure: Failure, id: &str) -> Failure {
    match failure {
        Failure::Unreachable {
            api,
            reason,
            sent: true,
        } => Failure::Unanswered {
            api,
            reason,
            id: id.to_owned(),
        },
        other => other,
    }
}

/// `shop/order@1.0.0` → name and version.
fn parts(typed: &str) -> Result<(&str, Option<&str>), Failure> {
    let (name, version) = match typed.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (typed, None),
    };
    if name.is_empty() || version == Some("") {
        return Err(Failure::WrongCall(format!(
            "`{typed}` names no workflow: write name, namespace/name or namespace/name@version"
        )));
    }
    Ok((name, version))
}

fn accepted(session: &Session, id: &str, answer: &Answer) -> String {
    if answer.status != 201 {
        session
            .screen
            .note("it was submitted before, with the same input");
    }
    let durability = member(&answer.body, "durability");
    if durability != "fsync" && !durability.is_empty() {
        session.screen.note(&format!(
            "the store's durability is `{durability}`: a power cut can take back what was accepted"
        ));
    }
    standing(session, id, &answer.body)
}

fn end(session: &Session, args: &Args, seen: &Seen) -> Exit {
    let view = &seen.view;
    match view.status {
        Status::Completed => Exit::Ok,
        status if is_final(status) => Exit::Refused,
        Status::Suspended => {
            session.screen.note(&format!(
                "{} is suspended and waits for a person: `baton show {}` says why",
                view.id, view.id
            ));
            Exit::Open
        }
        status => {
            session.screen.note(&format!(
                "{} is still {} after {}: `baton watch {}` looks again",
                view.id,
                status_word(status),
                duration::show(args.timeout),
                view.id
            ));
            Exit::Open
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_is_named_with_or_without_version() {
        assert_eq!(parts("order").expect("ok"), ("order", None));
        let full = parts("shop/order@1.0.0").expect("ok");
        assert_eq!(full, ("shop/order", Some("1.0.0")));
        for wrong in ["", "@1", "order@"] {
            assert!(parts(wrong).is_err(), "{wrong}");
        }
    }
}
