//! What can be typed. The first stage: words become [`Args`]; what they mean is each verb's matter.

use crate::command;
use crate::trust::Trust;
use clap::builder::Resettable;
use clap::{CommandFactory, Parser, Subcommand};

/// Shown where `baton` is typed alone.
pub const GREETING: &str = "\
Baton runs business processes that span services, and undoes them when they cannot finish.

Type these first:

  baton demo                                     watch an order succeed, fail and be undone
  baton dev --workflows DIR --services FILE      run Baton here, with your own workflows
  baton submit NAME --input '{...}' --wait       start a saga and see every step

All commands: baton --help.  One of them: baton submit --help.
";

const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 refused by the server or ended otherwise, 2 wrong call, 3 no Baton there,
4 (submit --wait) suspended or not ended in time.";

/// The heading of what every verb takes.
const EVERYWHERE: &str = "With every command";

#[derive(Debug, Parser)]
#[command(
    name = "baton",
    version,
    about = "Runs business processes that span services",
    after_help = AFTER_HELP,
    max_term_width = 100
)]
pub struct Args {
    #[command(flatten)]
    pub connection: Connection,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The same error without the environment, whose variables stand in its usage as if they had to be typed.
pub fn as_typed(error: clap::Error) -> clap::Error {
    let words = Args::command().mut_args(|arg| arg.env(Resettable::Reset));
    match words.try_get_matches() {
        Err(same) if same.kind() == error.kind() => same,
        _ => error,
    }
}

/// Where Baton is, and who reads the answer.
#[derive(Debug, Default, clap::Args)]
pub struct Connection {
    /// Where the API is
    #[arg(
        long,
        global = true,
        help_heading = EVERYWHERE,
        hide_env_values = true,
        env = "BATON_API",
        value_name = "URL",
        default_value = "http://127.0.0.1:7070"
    )]
    pub api: String,
    /// The API token
    #[arg(
        long,
        global = true,
        help_heading = EVERYWHERE,
        hide_env_values = true,
        env = "BATON_TOKEN",
        value_name = "TOKEN"
    )]
    pub token: Option<String>,
    #[command(flatten)]
    pub trust: Trust,
    /// Print the API's JSON, and nothing for people
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Demo(command::demo::Args),
    Dev(command::dev::Args),
    Check(command::check::Args),
    Verify(command::verify::Args),
    Deploy(command::deploy::Args),
    Workflows(command::workflows::Args),
    Submit(command::submit::Args),
    List(command::list::Args),
    Show(command::show::Args),
    Watch(command::watch::Args),
    Cancel(command::cancel::Args),
    Pause(command::pause::Args),
    Resume(command::resume::Args),
    Dlq(command::dlq::Args),
    Doctor(command::doctor::Args),
    Token(command::token::Args),
}

impl Command {
    /// Whether it calls the API that `--api` names.
    pub fn calls(&self) -> bool {
        !matches!(
            self,
            Self::Demo(_) | Self::Dev(_) | Self::Check(_) | Self::Verify(_) | Self::Token(_)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_do_not_contradict_each_other() {
        Args::command().debug_assert();
    }

    #[test]
    fn what_can_be_typed() {
        for right in [
            "",
            "--json workflows",
            "demo",
            "dev --workflows w --services s.yaml --data d --listen 127.0.0.1:0",
            "check a.yaml b.yaml --services s.yaml",
            "verify a.yaml b.yaml --services s --answers a --input @i --pairs --junit j --accept t",
            "deploy a.yaml -",
            "workflows --api http://x:1 --token t",
            "submit order",
            "submit shop/order@1.0.0 --id a --input - --wait --timeout 5m",
            "submit order --input -5",
            "list --status suspended --workflow shop/order --limit 5",
            "show a --json",
            "watch a",
            "cancel a --reason r",
            "pause a",
            "resume a",
            "dlq list --workflow w --service s --saga a --limit 1",
            "dlq show -/42 --json",
            "dlq retry a/b c/d[1]#2~1:undo",
            "dlq retry a/b --input @f",
            "dlq retry --all --workflow w --service s",
            "dlq skip a/b --output null --reason r",
            "dlq drop -/42 --reason r",
            "doctor",
            "doctor --api https://x --ca ca.pem --cert c.pem --key k.pem",
            "token new --json",
        ] {
            let words = std::iter::once("baton").chain(right.split_whitespace());
            let parsed = Args::try_parse_from(words);
            assert!(parsed.is_ok(), "{right}: {}", parsed.expect_err("wrong"));
        }
        for wrong in [
            "bogus",
            "check",
            "verify",
            "deploy",
            "submit",
            "submit order --timeout 5m",
            "submit order --wait --timeout 5",
            "submit order --input --wait",
            "list --status done",
            "list --limit 0",
            "show",
            "dlq",
            "dlq retry",
            "dlq retry a",
            "dlq retry a/b --all",
            "dlq retry --all --input 1",
            "dlq retry a/b --service s",
            "dlq drop a/b",
            "token",
            "dev --listen nowhere",
        ] {
            let words = std::iter::once("baton").chain(wrong.split_whitespace());
            let error = Args::try_parse_from(words).expect_err(wrong);
            assert_eq!(error.exit_code(), 2, "{wrong}");
        }
    }

    #[test]
    fn every_verb_says_what_it_does_and_shows_an_example() {
        fn look_at(command: &clap::Command) {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name} says nothing");
            if command.has_subcommands() {
                return command.get_subcommands().for_each(look_at);
            }
            let after = command.get_after_help().map(ToString::to_string);
            assert!(after.is_some_and(|after| after.contains("baton")), "{name}");
        }
        Args::command().get_subcommands().for_each(look_at);
    }
}
