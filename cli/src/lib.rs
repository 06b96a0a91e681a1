//! The command line: what a person types becomes a request, and the answer becomes readable.
//!
//! ```text
//!   argv ─► Args ─► command::<verb>::run(&Args, &Session) ─► Exit
//!                          │                 │
//!                 client (HTTP API)     render (pure: view → text)
//! ```
//!
//! Data goes to stdout, everything else to stderr. `--json` prints what the API answered, and nothing
//! for people. Every verb is one file in [`command`]; everything pretty is in [`render`], which is
//! pure and can be looked at in golden files.

pub mod args;
pub mod client;
pub mod command;
pub mod compose;
pub mod failure;
pub mod follow;
pub mod poll;
pub mod render;
pub mod session;
pub mod terminal;
pub mod trust;
pub mod value;

use args::{Args, Command};
use clap::Parser;
use failure::{Exit, Failure};
use session::Session;
use std::process::ExitCode;
use terminal::Screen;

/// Parses, runs, and turns what came of it into the process's exit code.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let error = args::as_typed(error);
            // Nothing to do where even this cannot be written: the exit code says it.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::WrongCall
            } else {
                Exit::Ok
            }
            .into();
        }
    };
    let screen = Screen::detect();
    match run(args, screen) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if let Some(told) = failure.told(&screen) {
                screen.complain(&told);
            }
            failure.exit().into()
        }
    }
}

fn run(args: Args, screen: Screen) -> Result<Exit, Failure> {
    let Some(command) = args.command else {
        screen.print(args::GREETING)?;
        return Ok(Exit::Ok);
    };
    let mut builder = match command {
        Command::Dev(_) | Command::Demo(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = builder
        .enable_all()
        .build()
        .map_err(|error| Failure::System(format!("cannot start the runtime: {error}")))?;
    runtime.block_on(async {
        // Inside the runtime: the client's connector belongs to it.
        let session = Session::new(&args.connection, screen)?;
        if command.calls() {
            session.caution(&args.connection);
        }
        command::run(&command, &session).await
    })
}
