//! What is written about the work, to stderr: a line for people, or a JSON object a line.
//!
//! Every event names the saga, the job or the service it is about as a field of its own, so that one
//! search finds all that was said of one saga. No secret, no header and no body is ever a field.
//!
//! Spans go to an OpenTelemetry collector, where there is one: see [`export`].

pub mod export;
mod otlp;
mod send;
mod variables;

pub use export::Exporter;
pub use variables::ExportError;

use crate::config::{Format, Log};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt;

/// The variable that wins over `log.level`.
pub const VARIABLE: &str = "BATON_LOG";

/// Why nothing can be logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TelemetryError {
    #[error(
        "{setting} is `{level}`, which says no level: write error, warn, info, debug or trace, or \
         directives as baton_worker=debug,info"
    )]
    Level {
        setting: &'static str,
        level: String,
    },
    #[error("the log was set up before: {0}")]
    Twice(String),
}

/// Begins to log. Once a process.
pub fn start(log: &Log) -> Result<(), TelemetryError> {
    let variable = std::env::var(VARIABLE).ok().filter(|text| !text.is_empty());
    let filter = match variable {
        Some(level) => filter(VARIABLE, &level)?,
        None => filter("log.level", &log.level)?,
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = match log.format {
        Format::Text => {
            let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            lines.with_ansi(color).finish().try_init()
        }
        Format::Json => lines.json().flatten_event(true).finish().try_init(),
    };
    started.map_err(|error| TelemetryError::Twice(error.to_string()))
}

fn filter(setting: &'static str, level: &str) -> Result<EnvFilter, TelemetryError> {
    let wrong = || TelemetryError::Level {
        setting,
        level: level.to_owned(),
    };
    // To the filter a lone word is a target, and nothing at all a level: here both are slips.
    let is_word = level.bytes().all(|b| b.is_ascii_alphabetic());
    if is_word && (level.is_empty() || level.parse::<LevelFilter>().is_err()) {
        return Err(wrong());
    }
    EnvFilter::try_new(level).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_and_slips_are_told() {
        for right in [
            "info",
            "WARN",
            "off",
            "baton_worker=debug,info",
            "info,lapin=error",
        ] {
            assert!(filter("log.level", right).is_ok(), "{right}");
        }
        for wrong in ["inof", "verbose", "baton_worker=loud", ""] {
            let said = filter("log.level", wrong).err().map(|e| e.to_string());
            let fits = said
                .as_ref()
                .is_some_and(|said| said.starts_with("log.level is `"));
            assert!(fits, "{wrong}: {said:?}");
        }
    }
}
