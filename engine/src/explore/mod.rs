//! The explorer: a workflow among well-behaved services, and every fault at every point of its life.
//!
//! ```text
//!   Workflow ─┐
//!   Answers ──┼─► World ── search: clone, strike, run on ──► Ending: status, dead letters,
//!   input ────┘     │                                         effects left standing
//!                   └ law: V1..V14 at every event and after every decision
//! ```
//!
//! It runs the core itself, `decide` and `apply`, and a crash is a lost effect and then `outstanding()`.
//! Like the rest of this crate it is pure: no clock, no I/O, no randomness; the same arguments give the
//! same report.
//!
//! What is assumed of services is what `docs/service-contract.md` asks, without tombstones: a call
//! that lands after its undoing has its effect. Where even its answer is lost nobody can know of it
//! (semantics S29), and it is not explored.

mod answer;
mod back;
mod cause;
mod ending;
mod fault;
mod law;
mod report;
mod search;
mod service;
mod shape;
mod strike;
mod world;

pub use answer::{Answers, example};
pub use cause::{Cause, CauseKind};
pub use ending::{Ending, Held, Trouble};
pub use fault::Fault;
pub use report::{Finding, Report, Row};
pub use search::{Counts, Run, Shard, Struck};

use crate::workflow::{TaskIndex, Workflow};
use back::{scouted, ways_back};
use search::Search;
use serde_json::Value;
use shape::Shape;
use std::collections::BTreeSet;
use world::{Ground, World};

/// What is explored.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    pub workflow: &'a Workflow,
    pub answers: &'a Answers,
    pub input: &'a Value,
    /// How many faults there may be in one run.
    pub at_once: usize,
    /// How often one task is struck in one run; none for always. Iterations of a loop are alike.
    pub often: Option<u32>,
    pub shard: Shard,
}

/// What was found besides the runs, of which the caller was told one by one.
#[derive(Clone, Debug)]
pub struct Explored {
    /// How the saga ends when nothing goes wrong.
    pub undisturbed: Ending,
    /// Why it fails even then, if it does.
    pub failure: Option<String>,
    /// Tasks that came up in some run.
    pub reached: BTreeSet<TaskIndex>,
    /// Some task was struck only the first few times that it came up ([`Plan::often`]).
    pub cut: bool,
    pub counts: Counts,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { part: 0, of: 1 };
}

impl<'a> Plan<'a> {
    /// Every single fault, once each, with all of this workflow.
    pub fn new(workflow: &'a Workflow, answers: &'a Answers, input: &'a Value) -> Self {
        Self {
            workflow,
            answers,
            input,
            at_once: 1,
            often: None,
            shard: Shard::WHOLE,
        }
    }

    /// Explores, and tells of every run. `Err` where the input is
    /// refused, or the saga breaks a law before anything struck.
    pub fn explore(&self, on_run: &mut dyn FnMut(Run<'_>)) -> Result<Explored, String> {
        let undoings = Shape::of(self.workflow).undoings();
        let ground = Ground {
            workflow: self.workflow,
            answers: self.answers,
            undoings: &undoings,
        };
        let world = World::born(ground, self.input.clone())?;
        let (moments, failure) = scouted(&world)?;
        let mut search = Search::new(self.workflow, self.often, self.shard, on_run);
        let undisturbed = (*search.leaf(world.clone())).clone();
        search.told(&undisturbed);
        // What has no end by itself need not be struck.
        if undisturbed.trouble.is_none() {
            self.strike(&mut search, world, moments)?;
        }
        Ok(Explored {
            undisturbed,
            failure,
            reached: search.reached,
            cut: search.cut,
            counts: search.counts,
        })
    }

    /// Several at once come by all ways back, and to every handler, anyway.
    fn strike<'w>(
        &self,
        search: &mut Search<'w, '_>,
        world: World<'w>,
        moments: BTreeSet<u32>,
    ) -> Result<(), String> {
        if self.at_once > 1 {
            search.tree(world, self.at_once);
            return Ok(());
        }
        search.look_out();
        let backs = ways_back(world.clone(), moments)?;
        let mut known = search.tree(world, 1);
        known.extend(search.ways_back(backs, BTreeSet::new()));
        search.beyond(known)
    }
}
