//! All runs of a workflow, put together: equal ones once, and each cause with an example.

use super::cause::{Cause, Causes};
use super::ending::Ending;
use super::fault::Fault;
use super::search::{Counts, Run, Struck};
use super::{Explored, Plan};
use crate::workflow::{Kind, TaskIndex, Workflow};
use std::collections::BTreeSet;

/// What an exploration found.
#[derive(Clone, Debug)]
pub struct Report {
    /// How it ends when nothing goes wrong.
    pub undisturbed: Ending,
    /// Why it fails even then, if it does.
    pub failure: Option<String>,
    /// Every single fault, and every pair that is not clean by more than its faults alone; each
    /// different end of one once.
    pub rows: Vec<Row>,
    /// In the order of the source, holes first.
    pub findings: Vec<Finding>,
    /// Calls that never came up.
    pub unreached: Vec<TaskIndex>,
    /// Some task was struck only the first few times that it came up.
    pub cut: bool,
    pub counts: Counts,
    /// Of pairs.
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
    findings: Vec<Finding>,
}

impl Report {
    /// Explores `plan`: every single fault, and then every pair if it says so. `watch` is told of the
    /// counts now and then. `Err` where the saga cannot even start.
    pub fn of(plan: &Plan<'_>, watch: &mut dyn FnMut(Counts)) -> Result<Self, String> {
        let mut ledger = Ledger {
            causes: Causes::new(plan.workflow),
            rows: Vec::new(),
            findings: Vec::new(),
        };
        let single = Plan {
            pairs: false,
            ..*plan
        };
        let explored = single.explore(&mut |run| {
            watch(run.counts);
            ledger.single(run);
        })?;
        let singles = ledger.findings.len();
        let paired = if plan.pairs {
            let pairs = plan.explore(&mut |run| {
                watch(run.counts);
                ledger.pair(run, singles);
            })?;
            Some(pairs.counts)
        } else {
            None
        };
        for cause in ledger.causes.doubts() {
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

impl Ledger<'_> {
    fn single(&mut self, run: Run<'_>) {
        for cause in self.causes.of(run.struck, run.ending) {
            self.found(cause, run.struck, run.ending);
        }
        if !run.struck.is_empty() {
            self.row(run);
        }
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
    }

    fn row(&mut self, run: Run<'_>) {
        let same = |row: &&mut Row| row.struck == run.struck && row.ending == *run.ending;
        match self.rows.iter_mut().find(same) {
            Some(row) => row.times += 1,
            None => self.rows.push(Row {
                struck: run.struck.to_vec(),
                ending: run.ending.clone(),
                times: 1,
            }),
        }
    }

    fn found(&mut self, cause: Cause, struck: &[Struck], ending: &Ending) {
        let known = self
            .findings
            .iter_mut()
            .find(|found| (found.cause.kind, found.cause.task) == (cause.kind, cause.task));
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
            findings,
            unreached,
            cut: explored.cut,
            counts: explored.counts,
            paired,
        }
    }
}

impl Fault {
    /// What a reader takes as one thing, and the words for it.
    pub fn family(self) -> &'static str {
        match self {
            Self::Unanswered | Self::Silent | Self::StaleRefusal => "no answer once",
            Self::UnansweredDone | Self::SilentDone | Self::StaleSuccess => {
                "no answer once, though done"
            }
            Self::LateWhileUndoing | Self::LateAtLast => "lands late",
            Self::CrashBefore | Self::CrashAfter => "crash",
            Self::Copied | Self::Doubled | Self::Overtaken => "copies",
            other => other.words(),
        }
    }
}
