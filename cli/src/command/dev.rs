//! `baton dev`: orchestrator, worker and embedded store in this one process.
//!
//! The composition belongs here and nowhere else in the crate: it makes the adapters, starts server
//! and worker, deploys what is in `--workflows`, prints [`banner`] and waits for Ctrl-C.

use crate::failure::{Exit, Failure};
use crate::render::facts::Facts;
use crate::render::{Look, count};
use crate::session::Session;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Run Baton here: orchestrator, worker and store in one process
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton dev --workflows workflows --services services.yaml")]
pub struct Args {
    /// Deploy the workflows of this folder at start
    #[arg(long, value_name = "DIR")]
    pub workflows: Option<PathBuf>,
    /// The service catalogue
    #[arg(long, value_name = "FILE")]
    pub services: Option<PathBuf>,
    /// Where sagas are kept
    #[arg(long, value_name = "DIR", default_value = ".baton")]
    pub data: PathBuf,
    /// Where the API listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7070")]
    pub listen: SocketAddr,
}

/// Runs until Ctrl-C.
pub async fn run(_args: &Args, _session: &Session) -> Result<Exit, Failure> {
    Err(Failure::System(
        "this build of `baton` has no server in it: start `baton-orchestrator` and `baton-worker`"
            .to_owned(),
    ))
}

/// What stands once everything is up.
#[derive(Clone, Debug)]
pub struct Started {
    /// The address that was bound.
    pub listen: SocketAddr,
    pub data: PathBuf,
    /// `fsync`, `second` or `memory`.
    pub durability: &'static str,
    pub services: usize,
    /// `namespace/name@version` of what was deployed.
    pub workflows: Vec<String>,
    /// Sagas that go on where they stood.
    pub resumed: usize,
}

/// The first words of a running Baton, for stderr.
pub fn banner(started: &Started, look: &Look) -> String {
    let mut facts = Facts::default();
    facts.put("api", format!("http://{}", started.listen));
    facts.put(
        "data",
        format!("{} ({})", started.data.display(), started.durability),
    );
    facts.put("services", started.services.to_string());
    match &started.workflows[..] {
        [] => facts.put("workflows", "none: `baton deploy FILE` deploys one"),
        workflows => facts.put("workflows", workflows.join(", ")),
    }
    if started.resumed > 0 {
        facts.put("going on", count(started.resumed, "saga"));
    }
    format!(
        "Baton runs. Ctrl-C stops it; sagas go on at the next start.\n\n{}",
        facts.text(look)
    )
}
