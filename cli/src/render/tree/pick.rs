//! Which steps of a long saga are shown: what a person looks for, and the newest.

use baton_engine::saga::view::{SagaView, StepStatus};

/// A saga with more steps is shown in part.
const WHOLE: usize = 200;
/// So many of the newest steps are shown, and of each other sort.
const NEWEST: usize = 100;
const FAILED: usize = 20;
const OPEN: usize = 50;

/// For each step whether it is shown: the newest, those that are held or under way, and the first and
/// last that failed.
pub(super) fn picked(view: &SagaView, all: bool) -> Vec<bool> {
    let count = view.steps.len();
    if all || count <= WHOLE {
        return vec![true; count];
    }
    let mut picked = vec![false; count];
    picked[count - NEWEST..].fill(true);
    let sorted = |sort: fn(StepStatus) -> bool| {
        let steps = view.steps.iter().enumerate();
        steps
            .filter(move |(_, step)| sort(step.status))
            .map(|(at, _)| at)
    };
    // What waits for a person is what there is to do; the newest say why the saga stands still.
    let held = |status| status == StepStatus::Held;
    let open = |status| matches!(status, StepStatus::Running | StepStatus::Scheduled);
    let failed = |status| matches!(status, StepStatus::Rejected | StepStatus::Unknown);
    let newest = |sort, most| sorted(sort).rev().take(most);
    let chosen = newest(held, OPEN)
        .chain(newest(open, OPEN))
        .chain(newest(failed, FAILED))
        .chain(sorted(failed).take(FAILED));
    for at in chosen {
        picked[at] = true;
    }
    picked
}
