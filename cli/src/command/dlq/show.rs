//! `baton dlq show ID`

use super::DeadLetterId;
use crate::command::member;
use crate::failure::{Exit, Failure};
use crate::render::facts::Facts;
use crate::render::line::Line;
use crate::render::tree::quoted;
use crate::render::{Look, plain, style, time};
use crate::session::Session;
use baton_engine::saga::view::{DeadLetter, StepKind};

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
    session.show(&answer, || {
        page(&letter, &member(&answer, "message"), &session.screen.look())
    })?;
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

/// `message` is the whole message of an orphan.
fn page(letter: &DeadLetter, message: &str, look: &Look) -> String {
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
    facts.put("message", message);
    for (at, action) in letter.actions.iter().enumerate() {
        facts.put(if at == 0 { "actions" } else { "" }, action);
    }
    let id = quoted(&letter.id);
    let commands = if letter.saga.is_some() {
        format!(
            "\n  baton dlq retry {id}\n  baton dlq skip {id} --output JSON --reason TEXT\n  \
             baton dlq drop {id} --reason TEXT\n"
        )
    } else {
        format!("\n  baton dlq drop {id} --reason TEXT\n")
    };
    format!("{}\n{}{commands}", head.paint(look.color), facts.text(look))
}
