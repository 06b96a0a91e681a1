//! `baton watch ID`

use crate::failure::{Exit, Failure};
use crate::follow::{self, Show, Until};
use crate::session::Session;
use baton_engine::saga::Status;

/// Follow a saga until it ends
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton watch order-1001\n\n\
    On a terminal the tree is drawn in place; into a pipe goes a line for every change.\n\
    Exit code 0 completed, 1 ended otherwise, 3 Baton was away for too long.")]
pub struct Args {
    /// The saga
    pub id: String,
}

/// Tells the end by the exit code, as `submit --wait` does.
pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let show = match (session.json, session.screen.live) {
        (true, _) => Show::Json,
        (false, true) => Show::Live,
        (false, false) => Show::Lines,
    };
    let until = Until {
        deadline: None,
        suspended: false,
        accepted: false,
        patience: follow::PATIENCE,
    };
    let seen = follow::follow(session, &args.id, show, until).await?;
    Ok(match seen.view.status {
        Status::Completed => Exit::Ok,
        _ => Exit::Refused,
    })
}
