//! `baton doctor`

use super::{elements, member};
use crate::client::Path;
use crate::failure::{Exit, Failure};
use crate::render::facts::Facts;
use crate::render::line::Line;
use crate::render::{plain, style};
use crate::session::Session;
use serde_json::Value;

/// Say how Baton stands: version, store, queue, and what is wrong
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton doctor\n\nExit code 1 where there is a problem.")]
pub struct Args {}

pub async fn run(_args: &Args, session: &Session) -> Result<Exit, Failure> {
    let answer = session.client.get(&Path::of(&["doctor"])).await?.body;
    let problems = elements(session, &answer, "problems")?;
    session.show(&answer, || page(&answer, problems, session))?;
    Ok(if problems.is_empty() {
        Exit::Ok
    } else {
        Exit::Refused
    })
}

fn page(answer: &Value, problems: &[Value], session: &Session) -> String {
    let look = session.screen.look();
    let mut facts = Facts::default();
    facts.put("api", session.client.api());
    facts.put("version", member(answer, "version"));
    for name in ["store", "queue"] {
        let part = answer.get(name).unwrap_or(&Value::Null);
        let words = [member(part, "kind"), member(part, "url")];
        facts.put(name, words.join(" ").trim());
        facts.put("durability", member(part, "durability"));
    }
    let mut page = facts.text(&look);
    if problems.is_empty() {
        let mut line = Line::of(style::GOOD, look.sign("✔", "+"));
        line.push(style::PLAIN, " no problem found");
        return page + &line.paint(look.color) + "\n";
    }
    for problem in problems {
        let mut line = Line::of(style::BAD, look.sign("✖", "x"));
        line.push(style::PLAIN, format!(" {}", sentence(problem)));
        page += &(line.paint(look.color) + "\n");
    }
    page
}

/// A problem is a sentence, or a document with one.
fn sentence(problem: &Value) -> String {
    match problem {
        Value::String(text) => plain(text),
        _ => ["message", "detail", "title"]
            .into_iter()
            .map(|name| member(problem, name))
            .find(|text| !text.is_empty())
            .unwrap_or_else(|| plain(&problem.to_string())),
    }
}
