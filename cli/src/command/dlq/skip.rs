//! `baton dlq skip ID`

use super::{DeadLetterId, act};
use crate::failure::{Exit, Failure};
use crate::session::Session;
use crate::value;
use serde_json::{Map, Value};

/// Count a held job as done
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    baton dlq skip order-1001/capture --output '{\"id\": \"c-7\"}' --reason 'captured by hand'\n\n\
    A skipped step counts as happened: it is undone if its saga fails later.")]
pub struct Args {
    /// The dead letter: <saga>/<step>
    #[arg(allow_hyphen_values = true)]
    pub id: DeadLetterId,
    /// What it would have answered: JSON, @FILE, or - for stdin; null where not given
    #[arg(long, value_name = "JSON|@FILE|-", allow_negative_numbers = true)]
    pub output: Option<String>,
    /// Why; needed for a compensation
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let mut body = Map::new();
    if let Some(output) = &args.output {
        body.insert("output".into(), value::read("--output", output)?);
    }
    if let Some(reason) = &args.reason {
        body.insert("reason".into(), reason.as_str().into());
    }
    act(session, &args.id, "skip", "skipped", &Value::Object(body)).await?;
    Ok(Exit::Ok)
}
