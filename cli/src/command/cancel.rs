//! `baton cancel ID`

use crate::failure::{Exit, Failure};
use crate::session::Session;
use serde_json::{Map, Value};

/// Stop a saga and undo what it did
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton cancel order-1001 --reason 'the customer called'")]
pub struct Args {
    /// The saga
    pub id: String,
    /// Kept with the saga
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Asks for it; that everything is undone shows later.
pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let mut body = Map::new();
    if let Some(reason) = &args.reason {
        body.insert("reason".into(), reason.as_str().into());
    }
    super::tell_saga(session, &args.id, "cancel", Value::Object(body)).await
}
