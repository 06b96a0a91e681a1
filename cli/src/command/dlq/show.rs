//! `baton dlq show ID`

use super::DeadLetterId;
use crate::command::member;
use crate::failure::{Exit, Failure};
use crate::render::facts::Facts;
use crate::render::line::Line;
use crate::render::tree::{quoted, words};
use crate::render::{Look, plain, style, time};
use crate::session::Session;
use baton_engine::saga::view::{DeadLetter, StepKind};
use serde_json::Value;

/// Show a dead letter, and what can be done
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton dlq show order-1001/bookShipment:undo")]
pub struct Args {
    /// The dead letter: <saga>/<step>
    #[arg(allow_hyphen_values = true)]
    pub id: DeadLetterId,
}

pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let answer = session.client.get(&args.id.path()).await?.body;
    let letter: DeadLetter = session.client.read(&answer)?;
    session.show(&answer, || page(&letter, &answer, &session.screen.look()))?;
    Ok(Exit::Ok)
}

/// `payments.void`; `-` where no service is known.
pub(super) fn call(letter: &DeadLetter) -> String {
    match (&letter.service, &letter.operation) {
        (_, Some(operation)) if operation.contains('.') => plain(operation),
        (Some(service), Some(operation)) => plain(&format!("{service}.{operation}")),
        (Some(one), None) | (None, Some(one)) => plain(one),
        (None, None) => "-".into(),
    }
}

/// `answer` has what is only of one shown alone: the input, the output, the message of an orphan.
fn page(letter: &DeadLetter, answer: &Value, look: &Look) -> String {
    let mut head = Line::of(style::STRONG, plain(&letter.id));
    head.push(style::PLAIN, "  ");
    head.push(style::HELD, "held");
    head.push(
        style::DIM,
        format!(" {}", time::ago_text(&letter.held_at, look.now)),
    );
    let mut facts = Facts::default();
    facts.put("reason", &letter.reason);
    if let Some(error) = &letter.error {
        facts.put("error", format!("{} {}", error.status, error.title));
        facts.put("", error.detail.as_deref().unwrap_or_default());
    }
    facts.put("workflow", letter.workflow.as_deref().unwrap_or_default());
    let kind = match letter.kind {
        Some(StepKind::Compensation) => "compensation, ",
        Some(StepKind::Task) | None => "",
    };
    facts.put("call", format!("{kind}{}", call(letter)));
    facts.put("attempts", letter.attempts.to_string());
    facts.put("held at", &letter.held_at);
    for name in ["input", "output"] {
        if let Some(value) = answer.get(name) {
            facts.put(name, words(&value.to_string()));
        }
    }
    facts.put("message", member(answer, "message"));
    for (at, action) in letter.actions.iter().enumerate() {
        facts.put(if at == 0 { "actions" } else { "" }, action);
    }
    let id = quoted(&letter.id);
    let commands: String = letter
        .actions
        .iter()
        .filter_map(|action| command(action, &id))
        .collect();
    format!(
        "{}\n{}\n{commands}",
        head.paint(look.color),
        facts.text(look)
    )
}

/// What to type for an action; only what is offered works.
fn command(action: &str, id: &str) -> Option<String> {
    let verb = action.split(':').next().unwrap_or_default();
    let words = match verb {
        "retry" => format!("retry {id}"),
        "retry with input" => format!("retry {id} --input JSON"),
        "skip" => format!("skip {id} --output JSON --reason TEXT"),
        "drop" => format!("drop {id} --reason TEXT"),
        _ => return None,
    };
    Some(format!("  baton dlq {words}\n"))
}
