//! **A step starts in its turn (I6).** When a step of the main line starts, every task before it in its list has
//! succeeded, and so has every one before each block around it: in the journal, so it was kept before.
//!
//! Binds: whatever the services do. Of branches of a fork none comes first. A task with a condition may have been
//! left out, and then never began; where a list jumps its order says nothing.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::story::Story;
use baton_engine::saga::event::{AtTask, Event, Place, Recorded};
use baton_engine::workflow::{Kind, TaskIndex, Then};
use baton_shared::StepId;
use std::collections::BTreeSet;

pub struct InTurn;

impl Law for InTurn {
    fn name(&self) -> &'static str {
        "in_turn"
    }

    fn event(&self, _: &Books, story: &Story, recorded: &Recorded) -> Judgement {
        let Event::StepStarted { node, at_task, .. } = &recorded.event else {
            return Ok(());
        };
        if at_task.place != Place::Main {
            return Ok(());
        }
        let mut at = Some(at_task);
        while let Some(here) = at {
            let before = unfinished(story, here);
            never(before.is_some(), || {
                let id = story.saga.id();
                format!("{id}: {node} starts, and {before:?} before {} has not succeeded", here.name)
            })?;
            let above = here.parent.as_ref().and_then(|parent| story.steps.get(parent));
            at = above.and_then(|step| step.at.as_ref());
        }
        Ok(())
    }
}

/// A task that comes before this one in its list and has not succeeded since the list was begun.
fn unfinished<'a>(story: &'a Story, here: &AtTask) -> Option<&'a str> {
    let parent = here.parent.as_ref();
    let list = list_of(story, parent, here.task)?;
    let place = list.iter().position(|task| *task == here.task)?;
    let tasks = &story.workflow.tasks;
    if list.iter().any(|task| tasks[*task as usize].then != Then::Continue) {
        return None;
    }
    let (begun, done) = since_it_began(story, parent);
    let finished = |task: &TaskIndex| {
        let told = &tasks[*task as usize];
        let optional = told.condition.is_some() || matches!(told.kind, Kind::Switch(_));
        done.contains(task) || (optional && !begun.contains(task))
    };
    let missing = list[..place].iter().find(|task| !finished(task))?;
    Some(&tasks[*missing as usize].name)
}

/// The list that this task stands in; none where its siblings are branches.
fn list_of<'a>(story: &'a Story, parent: Option<&StepId>, task: TaskIndex) -> Option<&'a [TaskIndex]> {
    let above = parent.and_then(|parent| story.task(parent));
    let list = match above.map(|above| &above.kind) {
        None => &story.workflow.main,
        Some(Kind::Do(list)) => list,
        Some(Kind::For(lap)) => &lap.body,
        Some(Kind::Try(block)) if block.body.contains(&task) => &block.body,
        Some(Kind::Try(block)) => &block.catch.handler,
        Some(_) => return None,
    };
    Some(list)
}

/// Which tasks below this node began, and which succeeded, since it or its present lap or round began.
fn since_it_began(
    story: &Story,
    parent: Option<&StepId>,
) -> (BTreeSet<TaskIndex>, BTreeSet<TaskIndex>) {
    let (mut begun, mut done) = (BTreeSet::new(), BTreeSet::new());
    for recorded in story.journal.iter().rev() {
        match &recorded.event {
            Event::Entered { node, .. }
            | Event::Iterated { node, .. }
            | Event::RoundStarted { node, .. }
            | Event::HandlerStarted { node }
                if Some(node) == parent =>
            {
                break;
            }
            Event::Entered { at_task, .. } | Event::StepStarted { at_task, .. }
                if at_task.parent.as_ref() == parent =>
            {
                begun.insert(at_task.task);
            }
            Event::Completed { at_task, .. } if at_task.parent.as_ref() == parent => {
                done.insert(at_task.task);
            }
            _ => {}
        }
    }
    (begun, done)
}
