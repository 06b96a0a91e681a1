//! `baton pause ID`

use crate::failure::{Exit, Failure};
use crate::session::Session;
use serde_json::json;

/// Hold a saga: nothing new starts, what is out may end
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton pause order-1001")]
pub struct Args {
    /// The saga
    pub id: String,
}

/// Holds a saga until `resume`.
pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    super::tell_saga(session, &args.id, "pause", json!({})).await
}
