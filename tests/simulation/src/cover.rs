//! What a run reached: a kind of fault, event or status that no seed reaches is one that nobody tests.

use crate::fault::Fault;
use baton_engine::saga::{Event, Status};
use std::collections::{BTreeMap, BTreeSet};

macro_rules! kinds {
    ($($kind:ident)*) => {
        /// The name of an event's kind. A new kind of event does not compile until it is here.
        pub fn kind(event: &Event) -> &'static str {
            match event { $(Event::$kind { .. } => stringify!($kind),)* }
        }

        /// Every kind of event.
        pub const KINDS: &[&str] = &[$(stringify!($kind),)*];
    };
}

kinds! {
    Submitted Entered Iterated Completed Passed Failed Left StepStarted AttemptStarted AttemptFailed
    RetryScheduled Readied StepGivenUp PivotStandsLate StepStopped TaskHeld OutputHeld StepHeld Retried
    EpochOpened LateSuccess PivotPassed Caught RoundStarted HandlerStarted BranchFailed Joined BranchWon
    Failing Pending PendingVoid Overdue Overran Drained UndoStarted Undone UndoSkipped UndoDropped
    UndoEdited OnFailureStarted OnFailureLeft LetterClosed Yielded WentOn Paused Resumed Ended
}

const STATUSES: [Status; 8] = [
    Status::Running,
    Status::Waiting,
    Status::Compensating,
    Status::Suspended,
    Status::Completed,
    Status::Compensated,
    Status::Faulted,
    Status::Cancelled,
];

/// Counts over many seeds.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// In how many seeds each kind of event came.
    pub events: BTreeMap<&'static str, u64>,
    pub statuses: BTreeMap<&'static str, u64>,
    /// How often each fault came.
    pub faults: BTreeMap<Fault, u64>,
}

impl Coverage {
    pub fn add(
        &mut self,
        events: &BTreeSet<&'static str>,
        statuses: &BTreeSet<&'static str>,
        faults: impl Iterator<Item = (Fault, u64)>,
    ) {
        for kind in events {
            *self.events.entry(kind).or_default() += 1;
        }
        for word in statuses {
            *self.statuses.entry(word).or_default() += 1;
        }
        for (fault, times) in faults.filter(|(_, times)| *times > 0) {
            *self.faults.entry(fault).or_default() += times;
        }
    }

    pub fn merge(&mut self, other: &Self) {
        for (kind, count) in &other.events {
            *self.events.entry(kind).or_default() += count;
        }
        for (word, count) in &other.statuses {
            *self.statuses.entry(word).or_default() += count;
        }
        for (fault, count) in &other.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
    }

    /// Everything there is to reach, by name.
    pub fn all() -> Vec<String> {
        let events = KINDS.iter().map(|kind| format!("event {kind}"));
        let words = STATUSES
            .iter()
            .map(|status| format!("status {}", status.word()));
        let faults = Fault::ALL
            .iter()
            .map(|fault| format!("fault {}", fault.name()));
        events.chain(words).chain(faults).collect()
    }

    /// What was reached of it.
    pub fn reached(&self) -> BTreeSet<String> {
        let events = self.events.keys().map(|kind| format!("event {kind}"));
        let words = self.statuses.keys().map(|word| format!("status {word}"));
        let faults = self
            .faults
            .keys()
            .map(|fault| format!("fault {}", fault.name()));
        events.chain(words).chain(faults).collect()
    }
}
