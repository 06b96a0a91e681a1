//! **Compensated means nothing is left (V2, I7).** When a saga has ended compensated or cancelled, no
//! effect stands of a step that has a compensation.
//!
//! Binds: services that keep keys; with tombstones nothing stands at all. Without them a call that lands
//! *after* its compensation, and whose answer reached nobody, is beyond us (S29).

use super::rejected_is_undone::replaced;
use super::{End, Judgement, Law};
use crate::books::Books;
use crate::service::{Effect, Kind};
use crate::story::Story;
use baton_engine::saga::Status;
use baton_shared::StepId;

pub struct NetZero;

impl Law for NetZero {
    fn name(&self) -> &'static str {
        "net_zero"
    }

    fn end(&self, books: &Books, end: &End<'_>) -> Judgement {
        for (key, effect) in &end.services.effects {
            let Some(story) = story_of(books, effect) else {
                continue;
            };
            let back = matches!(story.ended, Some((Status::Compensated | Status::Cancelled, _)));
            if back && stands(books, end, story, key, effect) {
                return Err(format!("{key} stands, and {} went back", effect.saga));
            }
        }
        Ok(())
    }
}

pub(super) fn story_of<'a>(books: &'a Books, effect: &Effect) -> Option<&'a Story> {
    let id = effect.saga.parse().ok()?;
    let story = books.stories.get(&id)?;
    let by_hand = story.skipped || story.dropped || story.edited;
    (!by_hand && !books.power_cut).then_some(story)
}

/// Whether it stands, should not, and is not beyond us.
pub(super) fn stands(
    books: &Books,
    end: &End<'_>,
    story: &Story,
    key: &str,
    effect: &Effect,
) -> bool {
    let kind = Kind::of(&effect.service);
    let node = StepId::new(effect.step.as_str());
    let Some(step) = story.steps.get(&node) else {
        return false;
    };
    let task = step.at.as_ref().map(|at| &story.workflow.tasks[at.task as usize]);
    let undoable = task.is_some_and(|task| task.compensate.is_some());
    if !effect.standing || !kind.keeps_keys() || !undoable || replaced(story, &node) {
        return false;
    }
    let undone_before = end.services.undone_at(key).is_some_and(|at| at <= effect.done_at);
    let reported = books.reported.contains_key(key);
    let beyond_us = !kind.keeps_tombstones() && undone_before && !reported;
    !beyond_us
}

/// For both laws about effects: nothing is judged before it ended.
pub(super) fn ended(story: &Story, as_what: Status) -> bool {
    story.ended.as_ref().is_some_and(|(status, _)| *status == as_what)
}
