//! The command line, an argument a line: what cannot be understood ends in exit code 2 and a message
//! that a terminal can show.

use super::{Target, text};
use baton_cli::args::Args;
use clap::Parser;

pub(super) const TARGET: Target = Target {
    name: "arguments",
    run,
    seeds,
    words: &[
        "submit\n",
        "dev\n",
        "dlq\n",
        "retry\n",
        "list\n",
        "show\n",
        "token\n",
        "new\n",
        "check\n",
        "--id\n",
        "--input\n",
        "--wait\n",
        "--timeout\n",
        "--json\n",
        "--api\n",
        "--limit\n",
        "--status\n",
        "--help\n",
        "--\n",
        "-",
        "=",
        "5m\n",
        "a/b\n",
    ],
};

fn seeds() -> Vec<Vec<u8>> {
    vec![
        b"-".repeat(1 << 12),
        "show\n".repeat(10_000).into_bytes(),
        format!("submit\n{}", "x".repeat(1 << 20)).into_bytes(),
    ]
}

fn run(bytes: &[u8]) {
    let text = text(bytes);
    let words = std::iter::once("baton").chain(text.lines());
    match Args::try_parse_from(words) {
        Ok(args) => {
            let _named = format!("{:?}", args.command);
        }
        Err(error) => {
            let expected = if error.use_stderr() { 2 } else { 0 };
            assert_eq!(error.exit_code(), expected, "{text}");
            let said = error.to_string();
            assert!(!said.trim().is_empty(), "{text}");
        }
    }
}
