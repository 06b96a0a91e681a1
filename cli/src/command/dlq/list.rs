//! `baton dlq list`

use crate::client::Path;
use crate::command::list::pages;
use crate::command::{elements, member};
use crate::failure::{Exit, Failure};
use crate::render::table::Table;
use crate::render::{plain, style, time};
use crate::session::Session;
use baton_engine::saga::view::DeadLetter;

/// List dead letters
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton dlq list --service shipping")]
pub struct Args {
    /// Only of this workflow (`name` or `namespace/name`)
    #[arg(long, value_name = "NAME")]
    pub workflow: Option<String>,
    /// Only calls of this service
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// Only of this saga
    #[arg(long, value_name = "ID")]
    pub saga: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
}

pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let path = Path::of(&["dead-letters"])
        .with("workflow", args.workflow.as_deref())
        .with("service", args.service.as_deref())
        .with("saga", args.saga.as_deref());
    let answer = pages(session, &path, "deadLetters", args.limit as usize).await?;
    let letters = elements(session, &answer, "deadLetters")?;
    let letters = letters.iter().map(|letter| session.client.read(letter));
    let letters: Vec<DeadLetter> = letters.collect::<Result<_, _>>()?;
    session.show(&answer, || table(&letters, session))?;
    if !session.json {
        let note = match (letters.is_empty(), member(&answer, "next").is_empty()) {
            (true, _) => "nothing waits for a person",
            (false, false) => "there are more: --limit shows them",
            (false, true) => "`baton dlq show ID` says what can be done",
        };
        session.screen.note(note);
    }
    Ok(Exit::Ok)
}

fn table(letters: &[DeadLetter], session: &Session) -> String {
    if letters.is_empty() {
        return String::new();
    }
    let look = session.screen.look();
    let mut table = Table::new(&[
        "DEAD LETTER",
        "WORKFLOW",
        "CALL",
        "HELD",
        "ATTEMPTS",
        "REASON",
    ]);
    for letter in letters {
        table.row([
            (style::STRONG, plain(&letter.id)),
            (
                style::PLAIN,
                plain(letter.workflow.as_deref().unwrap_or("-")),
            ),
            (style::PLAIN, super::show::call(letter)),
            (style::DIM, time::ago_text(&letter.held_at, look.now)),
            (style::PLAIN, letter.attempts.to_string()),
            (style::HELD, plain(&letter.reason)),
        ]);
    }
    table.text(&look)
}
