//! `baton dlq drop ID`

use super::{DeadLetterId, act};
use crate::failure::{Exit, Failure};
use crate::session::Session;
use serde_json::json;

/// Give a held job up for good
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    baton dlq drop order-1001/bookShipment:undo --reason 'the carrier is gone'\n\n\
    The saga goes on as failed. A dropped compensation leaves its step's effect standing.")]
pub struct Args {
    /// The dead letter: <saga>/<step>; -/<id> for one that belongs to no saga
    #[arg(allow_hyphen_values = true)]
    pub id: DeadLetterId,
    /// Why; kept with the saga
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let body = json!({ "reason": args.reason });
    act(session, &args.id, "drop", "dropped", &body).await?;
    Ok(Exit::Ok)
}
