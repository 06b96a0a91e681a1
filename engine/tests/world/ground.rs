//! What must be undone, and when: the shadow's view of clean ground, and of the end.

use super::epoch::{Epoch, Knows, Life, Settled};
use super::service::Services;
use super::shadow::Shadow;
use baton_engine::saga::{Saga, Status};
use baton_shared::StepId;
use serde_json::Value;
use std::collections::BTreeSet;

impl Shadow<'_> {
    /// Every epoch and composite, with its step.
    fn everything(&self) -> impl Iterator<Item = (&StepId, &Epoch)> {
        let calls = self.epochs.iter().map(|((step, _), epoch)| (step, epoch));
        calls.chain(self.composites.iter())
    }

    fn is_below(&self, step: &StepId, node: &StepId) -> bool {
        self.around(step).any(|at| at == node)
    }

    /// S39, S40: nothing of the block still has to be undone; `all`: nor what went well in it.
    pub(super) fn clean_below(&self, node: &StepId, all: bool, law: &str) -> Result<(), String> {
        let counts = |epoch: &Epoch| all || matches!(epoch.life, Life::GivenUp | Life::Replaced);
        let dirty = self.everything().find(|(step, epoch)| {
            counts(epoch) && self.is_below(step, node) && !epoch.is_settled()
        });
        match dirty {
            Some((step, _)) => Err(format!("{law}: {node} goes on before {step} is undone")),
            None => Ok(()),
        }
    }

    /// S42: what the losers of a competing fork did is undone.
    pub(super) fn losers_undone(&self, fork: &StepId, winner: usize) -> Result<(), String> {
        let kept = self.everything().find(|(step, epoch)| {
            self.is_below(step, fork)
                && self.branch_in(fork, step) != Some(winner)
                && !epoch.is_settled()
        });
        match kept {
            Some((step, _)) => Err(format!("S42: {fork} completes before {step} is undone")),
            None => Ok(()),
        }
    }

    /// Section 6: a new epoch starts once the old one is undone.
    pub(super) fn replaces_what_is_undone(&self, step: &StepId, epoch: u32) -> Result<(), String> {
        let before = epoch.checked_sub(1).map(|before| (step.clone(), before));
        match before.and_then(|before| self.epochs.get(&before)) {
            Some(before) if !before.is_settled() => Err(format!(
                "section 6: {step} starts anew before its old epoch is undone"
            )),
            _ => Ok(()),
        }
    }

    /// S8: a compensation that says what it knows says what is known.
    pub(super) fn says_what_is_known(
        &self,
        node: &StepId,
        epoch: Option<&Epoch>,
        input: &Value,
    ) -> Result<(), String> {
        let (Some(epoch), Some(was)) = (epoch, input["was"].as_str()) else {
            return Ok(());
        };
        if was != epoch.knows.word() {
            return Err(format!(
                "S6: {node} says {was} of what is {:?}",
                epoch.knows
            ));
        }
        if input["got"].is_null() != epoch.bare {
            return Err(format!("S8: {node} is told {}", input["got"]));
        }
        Ok(())
    }

    /// S7: the core would undo what must be undone, and nothing else.
    pub(crate) fn state(&self, saga: &Saga) -> Result<(), String> {
        let owed = self
            .everything()
            .filter(|(_, epoch)| epoch.is_owed() || epoch.owes);
        let owed: BTreeSet<&StepId> = owed.map(|(step, _)| step).collect();
        let would: BTreeSet<&StepId> = saga.would_undo().collect();
        if owed == would {
            return Ok(());
        }
        Err(format!("S7: it would undo {would:?} and not {owed:?}"))
    }

    /// When nothing is in flight any more.
    pub(crate) fn end(&self, status: Status, services: &Services) -> Result<(), String> {
        for (step, epoch) in self.everything() {
            if epoch.owes || epoch.again {
                return Err(format!("S25: the late success of {step} was never undone"));
            }
            let went_back = self.failing.is_some();
            let given_up = matches!(epoch.life, Life::GivenUp | Life::Replaced);
            if (went_back || given_up) && !epoch.is_settled() {
                return Err(format!("S7: it is {status:?}, and {step} was never undone"));
            }
        }
        self.told_stands(status, services)
    }

    /// V2, V6, where the services keep no tombstones: what the core was told of does not stand.
    fn told_stands(&self, status: Status, services: &Services) -> Result<(), String> {
        let standing: BTreeSet<&String> = services.standing().map(|(key, _)| key).collect();
        let went_back = matches!(status, Status::Compensated | Status::Cancelled);
        for ((step, _), epoch) in &self.epochs {
            let told = epoch.told && epoch.knows == Knows::Happened;
            if !went_back || !told || !standing.contains(&epoch.key) {
                continue;
            }
            // What a person settles after the end changes the final status no more (S27).
            let by_hand = matches!(epoch.undo, Settled::Skipped | Settled::Dropped);
            let spared = epoch.closed || epoch.replaced || by_hand;
            if epoch.main && epoch.compensate && !spared {
                return Err(format!("V2: {step} stands, and it is {status:?}"));
            }
            if epoch.pivot && !epoch.compensate && !self.told_pivots.contains(step) {
                return Err(format!("V6: the pivot {step} stands, and nobody is told"));
            }
        }
        Ok(())
    }
}
