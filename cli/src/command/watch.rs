//! `baton watch ID`

use crate::failure::{Exit, Failure};
use crate::follow::{self, Show, Until};
use crate::session::Session;

/// Follow a saga until it ends
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton watch order-1001\n\n\
    On a terminal the tree is drawn in place; into a pipe goes a line for every change.")]
pub struct Args {
    /// The saga
    pub id: String,
}

/// However it ends, watching it has worked.
pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let show = match (session.json, session.screen.live) {
        (true, _) => Show::Json,
        (false, true) => Show::Live,
        (false, false) => Show::Lines,
    };
    let until = Until {
        deadline: None,
        suspended: false,
    };
    follow::follow(session, &args.id, show, until).await?;
        accepted: false,
        patience: follow::PATIENCE,
    Ok(Exit::Ok)
}
