//! What compensation must do: one record per step and epoch, or per composite with `compensate`.

use super::knowledge::Knowledge;
use crate::workflow::TaskIndex;
use baton_shared::StepId;
use serde_json::Value;
use std::sync::Arc;

/// Registered when a step completes or is given up; used from the highest order down.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Record {
    pub step: StepId,
    /// The task's name.
    pub name: Arc<str>,
    pub epoch: u32,
    /// Nodes around the step, outermost first, and the step itself: the scopes it belongs to.
    pub within: Vec<StepId>,
    pub state: RecordState,
    pub knowledge: Knowledge,
    pub given_up: bool,
    /// Done by a person's word.
    pub skipped: bool,
    pub pivot: bool,
    /// The task that undoes it; None where a late success can only be noted.
    pub compensate: Option<TaskIndex>,
    pub input: Arc<Value>,
    pub output: Option<Arc<Value>>,
    pub key: String,
    /// Forward attempts made.
    pub attempts: u32,
    /// Loop and error variables where the step ran.
    pub vars: Vec<(Arc<str>, Arc<Value>)>,

    pub round: u32,
    /// The round was rendered without a known output.
    pub bare: bool,
    /// What was known when the round began: all its calls are told that, and no news since (S4).
    pub knew: Knowledge,
    /// A success came while a bare round was out: one more round with the output.
    pub again: bool,
    /// An edited input for the next round.
    pub edited: Option<Arc<Value>>,
    /// The number of the last attempt to undo it, over all rounds.
    pub undo_attempts: u32,
}

/// Life of a record (semantics section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum RecordState {
    /// Runs when its turn comes in a rollback.
    Owed,
    /// Runs at once, whatever the saga does.
    OwedLate,
    /// A node is undoing it.
    Out,
    Undone,
    Skipped,
    Dropped,
    /// A composite's own record stands for it.
    Replaced,
    /// A pivot passed.
    Closed,
    /// Nothing to undo as far as anybody knows; a late success would change that.
    Spared,
}

impl Record {
    /// The output that its compensation gets.
    pub(super) fn told_output(&self) -> Option<&Arc<Value>> {
        self.output
            .as_ref()
            .filter(|_| self.knew == Knowledge::Happened)
    }

    /// Nothing can change it any more, so it need not be kept.
    pub(super) fn is_spent(&self) -> bool {
        let certain = self.knowledge == Knowledge::Happened && !self.again;
        let settled = matches!(
            self.state,
            RecordState::Undone | RecordState::Skipped | RecordState::Replaced
        );
        certain && settled
    }

    /// The step, and its epoch from the second on.
    pub(super) fn epoch_name(&self) -> String {
        if self.epoch == 0 {
            self.step.to_string()
        } else {
            format!("{}:e{}", self.step, self.epoch)
        }
    }

    /// The base of its compensation's node id, without the round.
    fn undo_name(&self) -> String {
        format!("{}:undo", self.epoch_name())
    }

    /// The id of the node that undoes it in this round.
    pub(super) fn undo_node(&self) -> StepId {
        let base = self.undo_name();
        if self.round == 0 {
            StepId::new(base)
        } else {
            StepId::new(format!("{base}.{}", self.round))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RecordState::{Owed, Replaced, Skipped, Undone};

    fn record(knowledge: Knowledge, state: RecordState, again: bool) -> Record {
        Record {
            step: StepId::new("pay"),
            name: "pay".into(),
            epoch: 0,
            within: Vec::new(),
            state,
            knowledge,
            given_up: false,
            skipped: false,
            pivot: false,
            compensate: None,
            input: Arc::new(Value::Null),
            output: None,
            key: String::new(),
            attempts: 1,
            vars: Vec::new(),
            round: 0,
            bare: false,
            knew: knowledge,
            again,
            edited: None,
            undo_attempts: 0,
        }
    }

    /// Else a loop would keep a record of every step that it undid.
    #[test]
    fn what_is_certain_and_settled_need_not_be_kept() {
        for state in [Undone, Skipped, Replaced] {
            assert!(record(Knowledge::Happened, state, false).is_spent());
            assert!(!record(Knowledge::Happened, state, true).is_spent());
            assert!(!record(Knowledge::Maybe, state, false).is_spent());
        }
        assert!(!record(Knowledge::Happened, Owed, false).is_spent());
    }
}
