//! Sagas as people see them, folded once and kept for a while.
//!
//! Folding a long journal takes longer than all else of a request, and a long saga is shown page by
//! page, each with a request of its own. So the last few views stay, each with the version of the very
//! journal it was made of: of any other version it is folded anew, never shown.

use baton_engine::saga::Status;
use baton_engine::saga::view::{DeadLetter, SagaView, StepStatus, StepView};
use baton_engine::store::{Stored, Version};
use baton_shared::SagaId;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

/// Views that are kept at most.
const VIEWS: usize = 16;
/// Bytes of journals whose views are kept, together; a view takes a few times as much. The last one
/// stays even when it is larger.
const BYTES: usize = 16 * 1024 * 1024;
/// A shorter journal is folded faster than kept.
const SHORT: usize = 64 * 1024;

/// A saga's view, from which pages are cut.
#[derive(Debug)]
pub struct Folded {
    /// Without its steps, but with their number.
    bare: SagaView,
    steps: Vec<StepView>,
}

impl Folded {
    pub(crate) fn new(mut view: SagaView) -> Self {
        let steps = std::mem::take(&mut view.steps);
        view.steps_total = steps.len();
        Self { bare: view, steps }
    }

    pub fn status(&self) -> Status {
        self.bare.status
    }

    /// The saga with at most `limit` of its steps, without the first `after`.
    pub fn page(&self, after: usize, limit: usize) -> SagaView {
        let steps = self.steps.iter().skip(after).take(limit);
        SagaView {
            steps: steps.cloned().collect(),
            ..self.bare.clone()
        }
    }

    /// The newest step of this name, if it is held.
    pub fn held(&self, name: &str) -> Option<&StepView> {
        let mut steps = self.steps.iter().rev();
        let held = |step: &&StepView| step.name == name && step.status == StepStatus::Held;
        steps.find(held)
    }

    /// The open dead letters, in the order of their steps.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        let held = |step: &&StepView| step.status == StepStatus::Held;
        let holding = SagaView {
            steps: self.steps.iter().filter(held).cloned().collect(),
            ..self.bare.clone()
        };
        holding.dead_letters()
    }
}

/// The views of long sagas that were looked at last.
#[derive(Debug, Default)]
pub struct Views {
    /// The last one used is the last.
    kept: Mutex<VecDeque<Kept>>,
}

#[derive(Debug)]
struct Kept {
    saga: SagaId,
    /// Tells one journal from another, also of a saga that was forgotten and submitted anew.
    version: Version,
    /// The journal's.
    bytes: usize,
    view: Arc<Folded>,
}

impl Views {
    /// The view of this journal, made by `fold` unless it was lately.
    pub(crate) fn view<E>(
        &self,
        saga: &SagaId,
        stored: &Stored,
        fold: impl FnOnce() -> Result<SagaView, E>,
    ) -> Result<Arc<Folded>, E> {
        if stored.events.len() < SHORT {
            return fold().map(|view| Arc::new(Folded::new(view)));
        }
        if let Some(view) = self.used(saga, stored.version) {
            return Ok(view);
        }
        // Not under the lock: it takes long, and two at once do no harm.
        let view = Arc::new(Folded::new(fold()?));
        self.keep(Kept {
            saga: saga.clone(),
            version: stored.version,
            bytes: stored.events.len(),
            view: view.clone(),
        });
        Ok(view)
    }

    fn used(&self, saga: &SagaId, version: Version) -> Option<Arc<Folded>> {
        let mut kept = self.lock();
        let fits = |kept: &Kept| kept.saga == *saga && kept.version == version;
        let at = kept.iter().position(fits)?;
        let found = kept.remove(at)?;
        let view = found.view.clone();
        kept.push_back(found);
        Some(view)
    }

    fn keep(&self, new: Kept) {
        let mut kept = self.lock();
        kept.retain(|old| old.saga != new.saga);
        kept.push_back(new);
        while kept.len() > 1 && (kept.len() > VIEWS || bytes(&kept) > BYTES) {
            kept.pop_front();
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.kept.lock().expect("no panic while views are moved")
    }
}

fn bytes(kept: &VecDeque<Kept>) -> usize {
    kept.iter().map(|kept| kept.bytes).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::cell::Cell;
    use std::convert::Infallible;

    fn stored(txid: u64, fill: u8, bytes: usize) -> Stored {
        Stored {
            version: Version { seq: 9, txid },
            events: vec![fill; bytes],
        }
    }

    fn id(text: &str) -> SagaId {
        text.parse().expect("id")
    }

    /// Whether it was folded for this look.
    fn folds(views: &Views, saga: &str, stored: &Stored) -> bool {
        let folded = Cell::new(false);
        let view = views.view(&id(saga), stored, || {
            folded.set(true);
            Ok::<_, Infallible>(view(stored.events[0]))
        });
        let Ok(view) = view;
        assert_eq!(view.page(0, 1).version, stored.events[0].to_string());
        folded.get()
    }

    fn view(version: u8) -> SagaView {
        serde_json::from_value(json!({
            "id": "s", "workflow": "x/y", "version": version.to_string(), "status": "running",
            "durability": "", "input": null, "output": null, "error": null, "createdAt": "",
            "updatedAt": "", "paused": false, "overdue": false, "pending": null, "pivot": null,
            "standing": [], "maybe": [], "late": 0, "steps": [], "stepsTotal": 0,
        }))
        .expect("a view")
    }

    #[test]
    fn a_long_journal_is_folded_once_and_a_changed_one_again() {
        let views = Views::default();
        assert!(folds(&views, "a", &stored(1, 1, SHORT)));
        assert!(!folds(&views, "a", &stored(1, 1, SHORT)));
        assert!(folds(&views, "b", &stored(1, 1, SHORT)), "another saga");
        assert!(folds(&views, "a", &stored(2, 1, SHORT)), "it moved on");
        assert!(folds(&views, "a", &stored(3, 2, SHORT)), "submitted anew");
        assert!(!folds(&views, "a", &stored(3, 2, SHORT)));
        assert_eq!(views.lock().len(), 2, "one view a saga");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let views = Views::default();
        assert!(folds(&views, "short", &stored(1, 1, SHORT - 1)));
        assert!(views.lock().is_empty());
        for number in 0..100 {
            folds(&views, &format!("s-{number}"), &stored(1, 1, SHORT));
            folds(&views, "s-0", &stored(1, 1, SHORT));
        }
        assert_eq!(views.lock().len(), VIEWS);
        assert!(!folds(&views, "s-0", &stored(1, 1, SHORT)), "it was used");
        assert!(!folds(&views, "s-99", &stored(1, 1, SHORT)), "it is new");
        folds(&views, "large", &stored(1, 1, BYTES + 1));
        assert_eq!(views.lock().len(), 1);
        assert!(!folds(&views, "large", &stored(1, 1, BYTES + 1)));
    }
}
