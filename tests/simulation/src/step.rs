//! One step of a saga as the judges know it, and how its attempts went.

use crate::known::Known;
use baton_engine::saga::event::{AtTask, CallStarted, Failure};
use baton_shared::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One node of a saga.
#[derive(Default)]
pub struct Step {
    pub at: Option<AtTask>,
    pub call: Option<Arc<CallStarted>>,
    /// Attempts since a person last asked for another go.
    pub tries: u32,
    pub started_at: Timestamp,
    /// Its first attempt since then, or since a person last asked for another go.
    pub first: Option<Timestamp>,
    /// How its attempts failed.
    pub failures: Vec<Failed>,
    /// When its next attempt is due.
    pub due: Option<Timestamp>,
    pub completed: bool,
    pub by_hand: bool,
    pub given_up: bool,
    /// It completed before the pivot passed.
    pub before_pivot: bool,
    /// Its undoing has begun at least once.
    pub undone: bool,
    /// A round of its undoing ended well.
    pub settled: bool,
    pub attempted: bool,
    /// The attempt that is out.
    pub out: Option<u32>,
    /// It is a dead letter.
    pub held: bool,
    /// Its call is done, and a person must say what came of it.
    pub unshaped: bool,
    /// A person edited it; and the old epoch is being undone, the new one has not started.
    pub edited: bool,
    pub replacing: bool,
    /// A person asked for another go since its request was made.
    pub retried: bool,
    /// From the start of an attempt to its deadline in ms, where nothing around it comes first.
    pub window: Option<u64>,
    /// What is known of each epoch, as the judges fold it.
    pub known: BTreeMap<u32, Known>,
    /// The epochs whose undoing began.
    pub undone_epochs: BTreeSet<u32>,
}

/// An attempt that failed.
pub struct Failed {
    pub attempt: u32,
    pub verdict: Failure,
    pub proven: bool,
    pub redelivered: bool,
    pub status: Option<u16>,
}

impl Step {
    pub fn epoch(&self) -> u32 {
        self.call.as_ref().map_or(0, |call| call.epoch)
    }

    /// What is known of its present epoch.
    pub fn knows(&self) -> Known {
        self.known.get(&self.epoch()).copied().unwrap_or_default()
    }
}
