//! `baton workflows`

use super::{elements, member};
use crate::client::Path;
use crate::failure::{Exit, Failure};
use crate::render::table::Table;
use crate::render::{style, time};
use crate::session::Session;
use serde_json::Value;

/// List the deployed workflows
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton workflows")]
pub struct Args {}

pub async fn run(_args: &Args, session: &Session) -> Result<Exit, Failure> {
    let answer = session.client.get(&Path::of(&["workflows"])).await?.body;
    let workflows = elements(session, &answer, "workflows")?;
    session.show(&answer, || table(workflows, session))?;
    if workflows.is_empty() && !session.json {
        session
            .screen
            .note("no workflow is deployed yet: `baton deploy FILE` deploys one");
    }
    Ok(Exit::Ok)
}

fn table(workflows: &[Value], session: &Session) -> String {
    if workflows.is_empty() {
        return String::new();
    }
    let look = session.screen.look();
    let mut table = Table::new(&["WORKFLOW", "VERSION", "DEPLOYED", "TITLE"]);
    for workflow in workflows {
        table.row([
            (style::STRONG, member(workflow, "name")),
            (style::PLAIN, member(workflow, "version")),
            (
                style::DIM,
                time::ago_text(&member(workflow, "deployedAt"), look.now),
            ),
            (style::PLAIN, member(workflow, "title")),
        ]);
    }
    table.text(&look)
}
