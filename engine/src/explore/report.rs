//! All runs of a workflow, put together: equal ones once, and each cause with an example.

use super::cause::{Cause, CauseKind, Causes};
use super::ending::Ending;
use super::search::{Counts, Run, Struck};
use super::{Explored, Plan};
use crate::workflow::{Kind, TaskIndex, Workflow};
use std::collections::{BTreeSet, HashMap};

/// What an exploration found.
#[derive(Clone, Debug)]
pub struct Report {
    /// How it ends when nothing goes wrong.
    pub undisturbed: Ending,
    /// Why it fails even then, if it does.
    pub failure: Option<String>,
    /// Every single fault; of what comes up only after a fault, that one before it. Each different end of
    /// one once.
    pub rows: Vec<Row>,
    /// Two faults in one run that leave more than each of them alone.
    pub pairs: Vec<Row>,
    /// In the order of the source, holes first.
    pub findings: Vec<Finding>,
    /// Calls that never came up.
    pub unreached: Vec<TaskIndex>,
    /// Some task was struck only the first few times that it came up.
    pub cut: bool,
    pub counts: Counts,
    /// Of several in one run.
    pub paired: Option<Counts>,
}

/// Runs that struck and ended alike.
#[derive(Clone, Debug)]
pub struct Row {
    pub struck: Vec<Struck>,
    pub ending: Ending,
    pub times: u32,
}

/// A cause, and the first run that shows it.
#[derive(Clone, Debug)]
pub struct Finding {
    pub cause: Cause,
    pub runs: u64,
    pub struck: Vec<Struck>,
    pub ending: Ending,
}

/// What a report is made of.
#[derive(Debug)]
struct Ledger<'a> {
    causes: Causes<'a>,
    rows: Vec<Row>,
    pairs: Vec<Row>,
    /// What is left by each fault alone.
    alone: HashMap<Struck, BTreeSet<TaskIndex>>,
    findings: Vec<Finding>,
}

impl Report {
    /// Explores `plan`: every single fault, and then several in one run if it says so. `watch` is told of the
    /// counts now and then. `Err` where the saga cannot even start.
    pub fn of(plan: &Plan<'_>, watch: &mut dyn FnMut(Counts)) -> Result<Self, String> {
        let mut ledger = Ledger {
            causes: Causes::new(plan.workflow),
            rows: Vec::new(),
            pairs: Vec::new(),
            alone: HashMap::new(),
            findings: Vec::new(),
        };
        let single = Plan {
            at_once: 1,
            ..*plan
        };
        let explored = single.explore(&mut |run| {
            watch(run.counts);
            ledger.single(run);
        })?;
        let singles = ledger.findings.len();
        let paired = if plan.at_once > 1 {
            let pairs = plan.explore(&mut |run| {
                watch(run.counts);
                ledger.pair(run, singles);
            })?;
            Some(pairs.counts)
        } else {
            None
        };
        // What was seen to leave something need not be doubted.
        let missing = ledger.tasks_with(CauseKind::ReadsMissing);
        for cause in ledger.causes.doubts(&missing) {
            ledger.found(cause, &[], &explored.undisturbed);
        }
        Ok(ledger.report(plan.workflow, explored, paired))
    }

    /// Nothing can be left standing and everything ends; what was accepted aside.
    pub fn is_clean(&self, accepted: &BTreeSet<TaskIndex>) -> bool {
        self.holes(accepted).next().is_none()
    }

    /// The findings that are holes and were not accepted.
    pub fn holes(&self, accepted: &BTreeSet<TaskIndex>) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |found| {
            let taken = found
                .cause
                .task
                .is_some_and(|task| accepted.contains(&task));
            found.cause.kind.is_hole() && !taken
        })
    }
}

impl Finding {
    /// An effect is left, and may be.
    pub fn is_accepted(&self, accepted: &BTreeSet<TaskIndex>) -> bool {
        let task = self.cause.task.is_some_and(|task| accepted.contains(&task));
        task && self.cause.kind.leaves_an_effect()
    }
}

impl Ledger<'_> {
    fn single(&mut self, run: Run<'_>) {
        for cause in self.causes.of(run.struck, run.ending) {
            self.found(cause, run.struck, run.ending);
        }
        let Some(last) = run.struck.last() else {
            return;
        };
        let alone = self.alone.entry(*last).or_default();
        alone.extend(left_or_held(run.ending));
        add(&mut self.rows, run);
    }

    /// Of pairs, only what singles did not show.
    fn pair(&mut self, run: Run<'_>, singles: usize) {
        if run.struck.len() < 2 || run.ending.is_clean() {
            return;
        }
        for cause in self.causes.of(run.struck, run.ending) {
            let known = self.findings[..singles.min(self.findings.len())]
                .iter()
                .any(|found| found.cause == cause);
            if !known {
                self.found(cause, run.struck, run.ending);
            }
        }
        let alone = run.struck.iter().filter_map(|one| self.alone.get(one));
        let alone: BTreeSet<TaskIndex> = alone.flatten().copied().collect();
        let more = left_or_held(run.ending).any(|task| !alone.contains(&task));
        if more || run.ending.trouble.is_some() {
            add(&mut self.pairs, run);
        }
    }

    fn tasks_with(&self, kind: CauseKind) -> BTreeSet<TaskIndex> {
        let findings = self.findings.iter().map(|found| &found.cause);
        let of_kind = findings.filter(|cause| cause.kind == kind);
        of_kind.filter_map(|cause| cause.task).collect()
    }

    fn found(&mut self, cause: Cause, struck: &[Struck], ending: &Ending) {
        let known = self.findings.iter_mut().find(|found| {
            let same = (found.cause.kind, found.cause.task) == (cause.kind, cause.task);
            // Where a request cannot be made with an output is another matter than where it cannot without one.
            let bare = |ending: &Ending| ending.is_held_bare(cause.task);
            same && (cause.kind != CauseKind::NotRendered || bare(&found.ending) == bare(ending))
        });
        match known {
            Some(found) => found.runs += 1,
            None => self.findings.push(Finding {
                cause,
                runs: 1,
                struck: struck.to_vec(),
                ending: ending.clone(),
            }),
        }
    }

    fn report(self, workflow: &Workflow, explored: Explored, paired: Option<Counts>) -> Report {
        let mut findings = self.findings;
        findings.sort_by_key(|found| (!found.cause.kind.is_hole(), found.cause.line));
        let calls = (0..).zip(&workflow.tasks);
        let calls = calls.filter(|(_, task)| matches!(task.kind, Kind::Call(_)));
        let unreached = calls
            .map(|(index, _)| index)
            .filter(|index| !explored.reached.contains(index))
            .collect();
        Report {
            undisturbed: explored.undisturbed,
            failure: explored.failure,
            rows: self.rows,
            pairs: self.pairs,
            findings,
            unreached,
            cut: explored.cut,
            counts: explored.counts,
            paired,
        }
    }
}

/// Another run: one more of a row that is known, or a row.
fn add(rows: &mut Vec<Row>, run: Run<'_>) {
    let same = |row: &&mut Row| row.struck == run.struck && row.ending == *run.ending;
    match rows.iter_mut().find(same) {
        Some(row) => row.times += 1,
        None => rows.push(Row {
            struck: run.struck.to_vec(),
            ending: run.ending.clone(),
            times: 1,
        }),
    }
}

/// What an end leaves, and what is held in it for ever.
fn left_or_held(ending: &Ending) -> impl Iterator<Item = TaskIndex> + '_ {
    let held = ending.held.iter().filter(|_| ending.is_hopeless());
    let held = held.filter_map(|held| held.task);
    ending.left().iter().copied().chain(held)
}
