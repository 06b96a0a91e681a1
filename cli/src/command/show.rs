//! `baton show ID`

use crate::failure::{Exit, Failure};
use crate::follow::{self, Seen};
use crate::render::facts::Facts;
use crate::render::{Look, time, tree};
use crate::session::Session;
use serde_json::Value;

/// Show a saga: every step, attempt, compensation, time and error
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton show order-1001\n\n\
    Of more than 200 steps it shows the newest, what is held or under way, and what failed.")]
pub struct Args {
    /// The saga
    pub id: String,

    /// Every step, however many there are
    #[arg(long)]
    pub all: bool,
}

/// The tree with all attempts, and what else is known.
pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let seen = follow::whole(&session.client, &args.id).await?;
    let mut look = session.screen.look();
    look.attempts = true;
    look.all = args.all;
    session.show(&seen.raw, || page(&seen, &look))?;
    Ok(Exit::Ok)
}

/// The whole page for people.
pub fn page(seen: &Seen, look: &Look) -> String {
    let view = &seen.view;
    let mut facts = Facts::default();
    let ago = time::ago_text(&view.created_at, look.now);
    facts.put("submitted", format!("{} ({ago})", view.created_at));
    facts.put("durability", &view.durability);
    for (name, value) in [("input", &view.input), ("output", &view.output)] {
        if !value.is_null() && *value != Value::Object(serde_json::Map::new()) {
            facts.put(name, value.to_string());
        }
    }
    format!("{}\n{}", tree::tree(view, look), facts.text(look))
}
