//! `baton list`

use super::{elements, member};
use crate::client::Path;
use crate::failure::{Exit, Failure};
use crate::render::table::Table;
use crate::render::{count, status_style, style, time};
use crate::session::Session;
use serde_json::Value;

/// The words `--status` takes.
const STATUSES: [&str; 8] = [
    "running",
    "waiting",
    "compensating",
    "suspended",
    "completed",
    "compensated",
    "faulted",
    "cancelled",
];

/// List sagas, the newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  baton list --status suspended --workflow shop/order")]
pub struct Args {
    /// Only sagas that stand so
    #[arg(long, value_name = "STATUS", value_parser = STATUSES)]
    pub status: Option<String>,
    /// Only sagas of this workflow (`name` or `namespace/name`)
    #[arg(long, value_name = "NAME")]
    pub workflow: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
}

pub async fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let path = Path::of(&["sagas"])
        .with("status", args.status.as_deref())
        .with("workflow", args.workflow.as_deref());
    let answer = pages(session, &path, "sagas", args.limit as usize).await?;
    let sagas = elements(session, &answer, "sagas")?;
    session.show(&answer, || table(sagas, session))?;
    if !session.json {
        if sagas.is_empty() {
            session.screen.note("no saga fits");
        } else if !member(&answer, "next").is_empty() {
            session.screen.note("there are more: --limit shows them");
        }
    }
    Ok(Exit::Ok)
}

/// The most that a server gives at once.
const PAGE: usize = 1000;

/// Up to `limit` elements of the list `name`, from as many pages as it takes, in the shape of one.
pub async fn pages(
    session: &Session,
    path: &Path,
    name: &str,
    limit: usize,
) -> Result<Value, Failure> {
    let mut all: Option<Value> = None;
    loop {
        let had = all
            .as_ref()
            .map_or(0, |all| all[name].as_array().map_or(0, Vec::len));
        let after = all.as_ref().map(|all| member(all, "next"));
        let page = path
            .clone()
            .with("limit", Some(&(limit - had).min(PAGE).to_string()))
            .with("after", after.as_deref());
        let page = session.client.get(&page).await?.body;
        let got = elements(session, &page, name)?.len();
        let next = page.get("next").cloned().unwrap_or_default();
        match &mut all {
            None => all = Some(page),
            Some(all) => {
                let more = page[name].as_array().cloned().unwrap_or_default();
                if let Some(list) = all[name].as_array_mut() {
                    list.extend(more);
                }
                all["next"] = next.clone();
            }
        }
        if got == 0 || next.is_null() || had + got >= limit {
            return Ok(all.unwrap_or_default());
        }
    }
}

fn table(sagas: &[Value], session: &Session) -> String {
    if sagas.is_empty() {
        return String::new();
    }
    let look = session.screen.look();
    let mut table = Table::new(&["SAGA", "WORKFLOW", "STATUS", "STARTED", "CHANGED", "HELD"]);
    for saga in sagas {
        let status = member(saga, "status");
        let workflow = format!("{}@{}", member(saga, "workflow"), member(saga, "version"));
        let held = saga.get("held").and_then(Value::as_u64).unwrap_or(0);
        let held = usize::try_from(held).unwrap_or(usize::MAX);
        // Only a person's pause suspends a saga without a dead letter.
        let paused = status == "suspended" && held == 0;
        let held = match held {
            0 => String::new(),
            held => count(held, "dead letter"),
        };
        table.row([
            (style::STRONG, member(saga, "id")),
            (style::PLAIN, workflow),
            (
                status_style(&status),
                if paused {
                    format!("{status} (paused)")
                } else {
                    status
                },
            ),
            (
                style::DIM,
                time::ago_text(&member(saga, "createdAt"), look.now),
            ),
            (
                style::DIM,
                time::ago_text(&member(saga, "updatedAt"), look.now),
            ),
            (style::HELD, held),
        ]);
    }
    table.text(&look)
}
