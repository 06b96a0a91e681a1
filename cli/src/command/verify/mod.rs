//! `baton verify FILE...`
//!
//! ```text
//!   workflow, catalogue, answers, input ─► engine::explore ─► Report ─► table | JSON | JUnit
//! ```
//!
//! No server is asked and no service is called: the explorer runs the core itself.

pub mod json;
pub mod junit;

use crate::command::check::catalogue;
use crate::failure::{Exit, Failure};
use crate::render::diagnostics::{errors, rendered};
use crate::render::{count, verified};
use crate::session::Session;
use crate::value::{self, file_text};
use baton_engine::explore::{Answers, Counts, Plan, Report, example};
use baton_engine::language::{self, nearest};
use baton_engine::workflow::{TaskIndex, Workflow};
use baton_shared::catalogue::Catalogue;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Iterations of a loop are alike: a task is struck so often in one run.
const OFTEN: u32 = 3;
/// Shorter than this it is done before anybody wonders.
const PATIENCE: Duration = Duration::from_secs(1);

/// Find out what can be left standing, whatever goes wrong; without a server
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  baton verify order.yaml --services services.yaml\n\n\
    Runs the workflow with every fault at every point: steps refused, timed out with and without effect,\n\
    landing late, crashed around; undoings that fail; cancel and timeout at any time. No service is\n\
    called: answers are made from the catalogue's output schemas, or given with --answers.\n\n\
    Exit code 1 where an effect can be left standing, or where it can get stuck for good."
)]
pub struct Args {
    /// Workflow files; - for stdin
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<String>,
    /// The service catalogue
    #[arg(long, value_name = "FILE")]
    pub services: Option<String>,
    /// Answers of services, by task or by operation: a YAML or JSON object
    #[arg(long, value_name = "FILE")]
    pub answers: Option<String>,
    /// What the saga is submitted with: JSON, @FILE, or - for stdin. Default: made from the workflow's
    /// input schema
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    pub input: Option<String>,
    /// Every two faults in one run, too
    #[arg(long)]
    pub pairs: bool,
    /// The effect of this task may be left standing; may be repeated
    #[arg(long, value_name = "TASK")]
    pub accept: Vec<String>,
    /// Write JUnit XML to this file
    #[arg(long, value_name = "FILE")]
    pub junit: Option<String>,
}

/// What is explored, and with what.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub catalogue: &'a Catalogue,
    /// By task or by operation; the others are made from the catalogue's schemas.
    pub answers: &'a BTreeMap<String, Value>,
    /// Made from the workflow's schema where there is none.
    pub input: Option<&'a Value>,
    pub pairs: bool,
    /// Names of tasks whose effect may stand.
    pub accept: &'a [String],
}

/// A workflow with what was found about it.
#[derive(Debug)]
pub struct Verified {
    pub file: String,
    pub workflow: Workflow,
    pub report: Report,
    /// Tasks whose effect may stand.
    pub accepted: BTreeSet<TaskIndex>,
    /// Made from the schema, and not given.
    pub made_input: Option<Value>,
    pub took: Duration,
}

impl Verified {
    pub fn is_clean(&self) -> bool {
        self.report.is_clean(&self.accepted)
    }
}

pub fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let catalogue = match &args.services {
        Some(file) => catalogue(file)?,
        None => Catalogue::default(),
    };
    let given = match &args.answers {
        Some(file) => answers(file)?,
        None => BTreeMap::new(),
    };
    let input = match &args.input {
        Some(text) => Some(value::read("--input", text)?),
        None => None,
    };
    let asked = Asked {
        catalogue: &catalogue,
        answers: &given,
        input: input.as_ref(),
        pairs: args.pairs,
        accept: &args.accept,
    };
    let mut all = Vec::new();
    for file in &args.files {
        let workflow = workflow(file, &catalogue, args, session)?;
        let mut progress = Progress::new(session, file);
        let verified = asked.verify(file, workflow, &mut |counts| progress.show(counts));
        progress.clear();
        all.push(verified?);
    }
    known(&args.accept, &all)?;
    answered(&given, &all, &catalogue)?;
    if let Some(file) = &args.junit {
        write(file, &junit::text(&all)?)?;
    }
    if session.json {
        let each: Vec<Value> = all.iter().map(json::of).collect();
        let answer = json!({ "workflows": each });
        session.screen.print(&format!("{answer:#}\n"))?;
    } else {
        let look = session.screen.look();
        let each: Vec<String> = all.iter().map(|one| verified::text(one, &look)).collect();
        session.screen.print(&each.join("\n"))?;
    }
    let clean = all.iter().all(Verified::is_clean);
    Ok(if clean { Exit::Ok } else { Exit::Refused })
}

/// A workflow with errors cannot be verified.
fn workflow(
    file: &str,
    catalogue: &Catalogue,
    args: &Args,
    session: &Session,
) -> Result<Workflow, Failure> {
    let source = file_text(file)?;
    let (workflow, found) = language::read(&source, catalogue);
    if let Some(workflow) = workflow {
        return Ok(workflow);
    }
    let screen = &session.screen;
    screen.complain(&rendered(&found, &source, file, screen.color_err));
    let unknown = found.iter().any(|found| found.code == "unknown-operation");
    if unknown && args.services.is_none() {
        screen.note("no service is known here: --services FILE names the service catalogue");
    }
    let wrong = count(errors(&found), "error");
    Err(Failure::WrongCall(format!(
        "{file} cannot be verified: it has {wrong}"
    )))
}

impl Asked<'_> {
    /// Explores one workflow; `watch` is told of the counts now and then.
    pub fn verify(
        &self,
        file: &str,
        workflow: Workflow,
        watch: &mut dyn FnMut(Counts),
    ) -> Result<Verified, Failure> {
        let made = match (self.input, &workflow.input.schema) {
            (Some(_), _) => None,
            (None, Some(schema)) => Some(example(&schema.document)),
            (None, None) => Some(json!({})),
        };
        let input = self.input.or(made.as_ref()).unwrap_or(&Value::Null);
        let answers = Answers::of(&workflow, self.catalogue, self.answers);
        let plan = Plan {
            at_once: if self.pairs { 2 } else { 1 },
            often: Some(OFTEN),
            ..Plan::new(&workflow, &answers, input)
        };
        let began = Instant::now();
        let report = Report::of(&plan, watch).map_err(|why| {
            let advice = "give another with --input, or answers with --answers";
            Failure::WrongCall(format!("{file} cannot be verified: {why}; {advice}"))
        })?;
        let accepted = (0..)
            .zip(&workflow.tasks)
            .filter(|(_, task)| self.accept.iter().any(|name| **name == *task.name))
            .map(|(index, _)| index)
            .collect();
        Ok(Verified {
            file: file.to_owned(),
            workflow,
            report,
            accepted,
            made_input: made,
            took: began.elapsed(),
        })
    }
}

/// What is accepted must be there: a name mistyped would accept nothing, silently.
fn known(names: &[String], all: &[Verified]) -> Result<(), Failure> {
    let tasks = || all.iter().flat_map(|one| &one.workflow.tasks);
    for name in names {
        if !tasks().any(|task| *task.name == **name) {
            let near = nearest(name, tasks().map(|task| &*task.name));
            let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            return Err(Failure::WrongCall(format!(
                "--accept: there is no task `{name}`{near}"
            )));
        }
    }
    Ok(())
}

/// The same of answers: one under a name mistyped would answer nothing.
fn answered(
    given: &BTreeMap<String, Value>,
    all: &[Verified],
    catalogue: &Catalogue,
) -> Result<(), Failure> {
    let tasks = all.iter().flat_map(|one| &one.workflow.tasks);
    let tasks = tasks.map(|task| task.name.to_string());
    let names: BTreeSet<String> = tasks.chain(catalogue.operations()).collect();
    let Some(name) = given.keys().find(|name| !names.contains(*name)) else {
        return Ok(());
    };
    let near = nearest(name, names.iter().map(String::as_str));
    let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    Err(Failure::WrongCall(format!(
        "--answers: there is no task and no operation `{name}`{near}"
    )))
}

fn answers(file: &str) -> Result<BTreeMap<String, Value>, Failure> {
    let text = file_text(file)?;
    serde_saphyr::from_str(&text).map_err(|error| {
        let error = error.to_string();
        let first = error.lines().next().unwrap_or_default();
        Failure::WrongCall(format!(
            "`{file}` is no object of answers by task or operation: {first}"
        ))
    })
}

fn write(file: &str, text: &str) -> Result<(), Failure> {
    std::fs::write(file, text).map_err(|error| {
        let error = value::spoken(&error);
        Failure::WrongCall(format!("cannot write `{file}`: {error}"))
    })
}

/// A line on a terminal, where it takes long enough to wonder.
struct Progress<'a> {
    session: &'a Session,
    file: &'a str,
    began: Instant,
    shown: Option<Instant>,
}

impl<'a> Progress<'a> {
    fn new(session: &'a Session, file: &'a str) -> Self {
        Self {
            session,
            file,
            began: Instant::now(),
            shown: None,
        }
    }

    fn show(&mut self, counts: Counts) {
        if !counts.runs.is_multiple_of(256) || self.began.elapsed() < PATIENCE {
            return;
        }
        let fresh = self.shown.is_some_and(|at| at.elapsed() < PATIENCE / 5);
        if fresh || !self.session.screen.live_err {
            return;
        }
        self.shown = Some(Instant::now());
        let text = format!("{}: {} faults so far", self.file, counts.faults);
        self.session.screen.refresh(&text);
    }

    fn clear(&self) {
        if self.shown.is_some() {
            self.session.screen.refresh("");
        }
    }
}
