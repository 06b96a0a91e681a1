//! **A late success is undone (S25, S26, S27).** A success that came late of a step that was given up,
//! edited, or undone already begins a round of undoing with what it said: also one that came while a
//! round without it was out, and after the end.
//!
//! Binds: services that answer in the end. Not where a person decided about that record, where a
//! composite's own undoing stands for it, or where nothing undoes it.

use super::{End, Judgement, Law, never};
use crate::books::Books;
use crate::network::key_in;
use crate::story::Story;
use baton_engine::saga::Event;

pub struct LateIsUndone;

impl Law for LateIsUndone {
    fn name(&self) -> &'static str {
        "late_is_undone"
    }

    fn end(&self, books: &Books, _: &End<'_>) -> Judgement {
        for (id, story) in &books.stories {
            if books.power_cut || books.forgotten.contains(id) {
                continue;
            }
            for (place, recorded) in story.journal.iter().enumerate() {
                let Event::LateSuccess { record, output } = &recorded.event else {
                    continue;
                };
                let key = key_in(output).unwrap_or_default();
                never(is_left(story, place, *record, key), || {
                    format!("{id}: {key} came late, and record {record} was not undone after it")
                })?;
            }
        }
        Ok(())
    }
}

fn is_left(story: &Story, place: usize, record: u64, key: &str) -> bool {
    let Some((node, epoch)) = story.keys.get(key).filter(|(node, _)| story.is_undoable(node)) else {
        return false;
    };
    let began = |events: &[baton_engine::saga::Recorded]| {
        events.iter().any(|recorded| {
            matches!(&recorded.event, Event::UndoStarted { record: r, .. } if *r == record)
        })
    };
    let decided = story.journal.iter().enumerate().any(|(at, recorded)| match &recorded.event {
        Event::UndoDropped { record: r, .. } => *r == record,
        Event::UndoSkipped { record: r, .. } => *r == record && at > place,
        _ => false,
    });
    let (before, after) = story.journal.split_at(place);
    let step = &story.steps[node];
    let given_up = step.given_up || *epoch < step.epoch() || step.replacing;
    let due = began(before) || (given_up && story.stands_for(node).is_none());
    due && !began(after) && !decided
}
