//! `baton resume ID`

use crate::failure::{Exit, Failure};
use crate::session::Session;
use serde_json::json;

/// Let a paused saga go on
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton resume order-1001")]
pub struct Args {
    /// The saga
    pub id: String,
}

/// Lets a paused saga go on.
pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    super::tell_saga(session, &args.id, "resume", json!({})).await
}
