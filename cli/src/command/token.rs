//! `baton token new`: needs no server, so that the first token can be made before there is one.

use crate::failure::{Exit, Failure};
use crate::session::Session;
use baton_orchestrator::tokens::{TokenHash, generate};
use clap::Subcommand;
use serde_json::json;

/// Make tokens for the API
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    New(New),
}

/// Make a token, and show it once together with what the orchestrator keeps of it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton token new\n\n\
    Nothing is stored and no server is asked. The token goes to whoever calls the API (BATON_TOKEN);\n\
    the sha256 goes into the orchestrator's settings: api.tokens, or a line of the file\n\
    api.tokenFile, which is read again while it runs. To remove a token, remove its line.")]
pub struct New {}

pub fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let Verb::New(New {}) = args.verb;
    let random = || Failure::System("the system has no randomness to give".to_owned());
    let token = generate().ok_or_else(random)?;
    let hash = TokenHash::of(&token).to_string();
    let answer = json!({ "token": token, "hash": hash });
    // Not wrapped at any width: both lines are to be copied.
    session.show(&answer, || format!("token  {token}\nhash   {hash}\n"))?;
    if !session.json {
        session.screen.note(
            "the token is shown only now: give it to whoever calls the API (BATON_TOKEN), and the \
             hash to the orchestrator (api.tokens, or a line of the file api.tokenFile)",
        );
    }
    Ok(Exit::Ok)
}
