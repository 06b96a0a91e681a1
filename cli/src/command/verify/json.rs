//! What `verify --json` prints: the names are stable.

use super::Verified;
use crate::render::verified::ends;
use baton_engine::explore::{Counts, Ending, Finding, Held, Row, Struck};
use baton_engine::workflow::{TaskIndex, Workflow};
use serde_json::{Value, json};

pub fn of(one: &Verified) -> Value {
    let workflow = &one.workflow;
    let report = &one.report;
    let rows = report.rows.iter().map(|row| run(workflow, row));
    let pairs = report.pairs.iter().map(|row| run(workflow, row));
    let findings = report.findings.iter().map(|found| finding(one, found));
    json!({
        "file": one.file,
        "workflow": workflow.name.to_string(),
        "version": workflow.version,
        "clean": one.is_clean(),
        "accepted": names(workflow, one.accepted.iter()),
        "counts": counts(report.counts),
        "pairs": report.paired.map(counts),
        "input": one.made_input,
        "undisturbed": { "ends": ends(&report.undisturbed), "error": report.failure },
        "unreached": names(workflow, report.unreached.iter()),
        "findings": findings.collect::<Vec<_>>(),
        "runs": rows.collect::<Vec<_>>(),
        "pairRuns": pairs.collect::<Vec<_>>(),
        "assumed": ["services honour idempotency keys"],
        "unexplored": ["a call that lands after its undoing and whose answer is lost"],
    })
}

fn counts(counts: Counts) -> Value {
    json!({
        "points": counts.points, "faults": counts.faults, "runs": counts.runs,
        "states": counts.states, "inputs": counts.inputs,
    })
}

fn name(workflow: &Workflow, task: TaskIndex) -> &str {
    &workflow.task(task).name
}

fn names<'a>(workflow: &Workflow, tasks: impl Iterator<Item = &'a TaskIndex>) -> Vec<String> {
    tasks.map(|task| name(workflow, *task).to_owned()).collect()
}

fn finding(one: &Verified, found: &Finding) -> Value {
    let cause = &found.cause;
    json!({
        "code": cause.kind.name(),
        "hole": cause.kind.is_hole(),
        "accepted": found.is_accepted(&one.accepted),
        "task": cause.task.map(|task| name(&one.workflow, task)),
        "file": one.file,
        "line": cause.line,
        "message": cause.message,
        "help": cause.help,
        "runs": found.runs,
        "example": example(&one.workflow, &found.struck, &found.ending),
    })
}

fn run(workflow: &Workflow, row: &Row) -> Value {
    let mut run = example(workflow, &row.struck, &row.ending);
    run["times"] = row.times.into();
    run
}

fn example(workflow: &Workflow, struck: &[Struck], ending: &Ending) -> Value {
    let struck = struck.iter().map(|struck| {
        json!({
            "task": struck.task.map(|task| name(workflow, task)),
            "undoing": struck.undo,
            "fault": struck.fault.name(),
        })
    });
    json!({
        "struck": struck.collect::<Vec<_>>(),
        "ends": ends(ending),
        "status": ending.status.word(),
        "held": ending.held.iter().map(|held| letter(workflow, held)).collect::<Vec<_>>(),
        "afterRetry": ending.retried.as_ref().map(|after| after.status.word()),
        "left": names(workflow, ending.left().iter()),
        "clean": ending.is_clean(),
    })
}

fn letter(workflow: &Workflow, held: &Held) -> Value {
    json!({
        "task": held.task.map(|task| name(workflow, task)),
        "undoing": held.undo,
        "reason": held.reason,
        "problem": held.problem,
    })
}
