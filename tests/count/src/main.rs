//! `count`: what a step costs, in units that are the same on every run.
//!
//! ```text
//!   count check ─► per way: itself, small and large batch, under callgrind and dhat
//!                       │ instructions, blocks and bytes of memory; trips, messages and bytes of the ports
//!                       ▼
//!                  (large − small) / steps between them ─► beside recorded.json: more than a tenth above?
//! ```
//!
//! Time is not looked at: a busy machine would decide. What starts and ends a process falls out of the
//! difference of two batches.

mod batch;
mod figures;
mod ports;
#[cfg(test)]
mod sizes;
mod tally;
mod valgrind;
mod way;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use way::Way;

/// Counts what a step costs Baton, and compares it with what is recorded.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Fails when a figure is more than a tenth above the recorded one
    Check,
    /// Records the figures of this tree
    Record,
    /// Runs one batch and prints what its ports were asked; what `check` starts under valgrind
    Batch {
        way: Way,
        /// How many sagas
        sagas: usize,
    },
}

fn main() -> ExitCode {
    let done = match Args::parse().what {
        What::Check => figures::measured().and_then(|figures| figures.check()),
        What::Record => figures::measured().and_then(|figures| figures.record()),
        What::Batch { way, sagas } => {
            println!("{}", batch::run(way, sagas).json());
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
