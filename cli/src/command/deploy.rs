//! `baton deploy FILE...`

use super::member;
use crate::client::{Answer, Path};
use crate::failure::{Exit, Failure, Refusal};
use crate::render::count;
use crate::render::diagnostics::{errors, rendered, sent};
use crate::render::line::Line;
use crate::render::style;
use crate::session::Session;
use crate::value::file_text;
use baton_engine::language::Diagnostic;

/// Deploy workflows
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton deploy order.yaml\n\n\
    A version is immutable: change the workflow, change its version.")]
pub struct Args {
    /// Workflow files; - for stdin
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<String>,
}

/// Deploys each; one that is refused does not stop the others.
pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let sources = args.files.iter().map(|file| file_text(file));
    let sources: Vec<String> = sources.collect::<Result<_, _>>()?;
    let mut exit = Exit::Ok;
    for (file, source) in args.files.iter().zip(&sources) {
        let path = Path::of(&["workflows"]);
        match session.client.post_yaml(&path, source).await {
            Ok(answer) => {
                session.show(&answer.body, || deployed(&answer, session))?;
                report(&sent(&answer.body, "warnings"), source, file, session);
            }
            Err(Failure::Refused(refusal)) => {
                exit = Exit::Refused;
                refused(&refusal, source, file, session)?;
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(exit)
}

/// Deploys one file at a start: what was deployed, or the refusal with its place.
pub async fn one(session: &Session, file: &str, source: &str) -> Result<String, Failure> {
    let path = Path::of(&["workflows"]);
    match session.client.post_yaml(&path, source).await {
        Ok(answer) => {
            let (name, version) = (
                member(&answer.body, "name"),
                member(&answer.body, "version"),
            );
            Ok(format!("{name}@{version}"))
        }
        Err(Failure::Refused(refusal)) => {
            refused(&refusal, source, file, session)?;
            Err(Failure::Refused(refusal))
        }
        Err(failure) => Err(failure),
    }
}

fn deployed(answer: &Answer, session: &Session) -> String {
    let (style, word) = match answer.status {
        201 => (style::GOOD, "deployed"),
        _ => (style::DIM, "unchanged"),
    };
    let mut line = Line::of(style, word);
    let name = format!(
        " {}@{}",
        member(&answer.body, "name"),
        member(&answer.body, "version")
    );
    line.push(style::PLAIN, name);
    line.paint(session.screen.color) + "\n"
}

fn refused(refusal: &Refusal, source: &str, file: &str, session: &Session) -> Result<(), Failure> {
    if session.json {
        session.screen.print(&format!("{:#}\n", refusal.body))?;
    }
    let screen = &session.screen;
    let findings = sent(&refusal.body, "diagnostics");
    if findings.is_empty() {
        screen.complain(&screen.error_line(&format!("{file}: {refusal}")));
        return Ok(());
    }
    report(&findings, source, file, session);
    let wrong = errors(&findings);
    let told = format!("{file} was not deployed: {}", count(wrong, "error"));
    screen.complain(&screen.error_line(&told));
    Ok(())
}

/// Findings at their places, to stderr; programs have them in the answer.
fn report(findings: &[Diagnostic], source: &str, file: &str, session: &Session) {
    if !session.json && !findings.is_empty() {
        let color = session.screen.color_err;
        session
            .screen
            .complain(&rendered(findings, source, file, color));
    }
}
