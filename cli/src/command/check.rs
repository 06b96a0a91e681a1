//! `baton check FILE...`

use crate::failure::{Exit, Failure};
use crate::render::count;
use crate::render::diagnostics::{self, rendered};
use crate::session::Session;
use crate::value::file_text;
use baton_adapters::config;
use baton_engine::language;
use baton_shared::catalogue::Catalogue;
use serde_json::{Value, json};

/// Said where calls are unknown because nobody named a catalogue.
pub const NO_SERVICES: &str =
    "no service is known here: --services FILE names the service catalogue";

/// Validate workflows, without a server
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  baton check order.yaml --services services.yaml\n\n\
    Exit code 1 where there are errors; warnings alone are 0."
)]
pub struct Args {
    /// Workflow files; - for stdin
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<String>,
    /// The service catalogue that calls are checked against
    #[arg(long, value_name = "FILE")]
    pub services: Option<String>,
}

pub fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let catalogue = match &args.services {
        Some(file) => catalogue(file)?,
        None => Catalogue::default(),
    };
    let sources = args.files.iter().map(|file| file_text(file));
    let sources: Vec<String> = sources.collect::<Result<_, _>>()?;
    let (mut errors, mut all, mut unknown) = (0, Vec::new(), false);
    for (file, source) in args.files.iter().zip(&sources) {
        let (_, found) = language::read(source, &catalogue);
        let wrong = diagnostics::errors(&found);
        errors += wrong;
        unknown |= found.iter().any(|found| found.code == "unknown-operation");
        if session.json {
            all.extend(found.iter().map(|found| diagnostics::json(found, file)));
            continue;
        }
        if !found.is_empty() {
            let color = session.screen.color_err;
            session
                .screen
                .complain(&rendered(&found, source, file, color));
        }
        if wrong == 0 {
            session.screen.print(&format!("{file}: ok\n"))?;
        } else {
            session
                .screen
                .print(&format!("{file}: {}\n", count(wrong, "error")))?;
        }
    }
    if session.json {
        let answer = json!({ "diagnostics": Value::Array(all) });
        session.screen.print(&format!("{answer:#}\n"))?;
    }
    if unknown && args.services.is_none() && !session.json {
        session.screen.note(NO_SERVICES);
    }
    Ok(if errors == 0 { Exit::Ok } else { Exit::Refused })
}

/// Reads a service catalogue, and refuses one with faults.
pub fn catalogue(file: &str) -> Result<Catalogue, Failure> {
    let text = file_text(file)?;
    config::catalogue_of(file, &text).map_err(|error| Failure::WrongCall(error.to_string()))
}
