//! How a run ends: where the saga stands, who must act, and which effects are left.

use super::law::{Broken, forward_of};
use super::world::World;
use crate::saga::Status;
use crate::saga::event::Place;
use crate::workflow::{Kind, TaskIndex, Then, Workflow};
use std::collections::BTreeSet;

/// Where a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Final, or suspended.
    pub status: Status,
    /// Dead letters that are open: a person must act.
    pub held: Vec<Held>,
    /// Effects that are there and should not be, by the task that made them; each once.
    pub standing: Vec<TaskIndex>,
    /// What a person's retry came to, with services that are well again. Only where something is held.
    pub retried: Option<Box<Self>>,
    pub trouble: Option<Trouble>,
}

/// A dead letter at the end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The task, or the task whose undoing is held.
    pub task: Option<TaskIndex>,
    pub undo: bool,
    /// A pivot had passed.
    pub after_pivot: bool,
    /// Its request could not even be made.
    pub uncalled: bool,
    /// The undoing had no output of its step to work from.
    pub bare: bool,
    pub reason: String,
    pub problem: String,
}

/// What must never be, whatever goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A law of the core is broken: a fault of Baton.
    Broken(String),
    /// So many inputs, and no end.
    Endless(u32),
}

impl Ending {
    /// No saga at all, or one whose run was broken off.
    pub(super) fn of_trouble(world: &World<'_>, trouble: Trouble) -> Self {
        Self {
            status: world.saga.status(),
            held: Vec::new(),
            standing: Vec::new(),
            retried: None,
            trouble: Some(trouble),
        }
    }

    /// The world as it is, when nothing comes of itself any more.
    pub(super) fn of(world: &World<'_>, workflow: &Workflow) -> Self {
        let mut ending = Self {
            status: world.saga.status(),
            held: held(world),
            standing: standing(world),
            retried: None,
            trouble: None,
        };
        if let Err(broken) = ending.judge(world, workflow) {
            ending.trouble = Some(Trouble::Broken(broken));
        }
        ending
    }

    /// V2 and V3: what has a compensation is undone when all is quiet and no person had a hand in it.
    fn judge(&self, world: &World<'_>, workflow: &Workflow) -> Result<(), Broken> {
        if !self.held.is_empty() || world.judge.by_hand {
            return Ok(());
        }
        // Where the undoing could not say what to undo, nothing was found.
        let found = |task: &&TaskIndex| !world.ground.undoings.contains_key(task);
        let mut standing = self.standing.iter().filter(found);
        let kept = standing.find(|task| undoes(workflow, **task));
        match kept {
            Some(task) => Err(format!(
                "V2: `{}` has a compensation and stands, and the saga is {}",
                workflow.task(*task).name,
                self.status.word()
            )),
            None => Ok(()),
        }
    }

    /// A person's retry cannot get it on: the same letters are held again.
    pub fn is_hopeless(&self) -> bool {
        let again = |retried: &Self| {
            self.held
                .iter()
                .any(|held| retried.held.iter().any(|other| other.is_same(held)))
        };
        self.retried.as_deref().is_some_and(again)
    }

    /// The undoing of this task is held, and had no output of it to work from.
    pub(super) fn is_held_bare(&self, task: Option<TaskIndex>) -> bool {
        let mut held = self.held.iter();
        held.any(|held| held.undo && held.bare && held.task == task)
    }

    /// Effects that are left when nobody has to act any more, or when acting does not help.
    pub fn left(&self) -> &[TaskIndex] {
        match &self.retried {
            Some(retried) if !self.is_hopeless() => retried.left(),
            _ => &self.standing,
        }
    }

    /// Nothing is left that should not be, and it ends, at worst after a person's retry.
    pub fn is_clean(&self) -> bool {
        self.is_clean_but(&BTreeSet::new())
    }

    /// The same, where the effects of some tasks may be left.
    pub fn is_clean_but(&self, accepted: &BTreeSet<TaskIndex>) -> bool {
        let trouble = self.trouble.is_some()
            || self
                .retried
                .as_ref()
                .is_some_and(|after| after.trouble.is_some());
        !trouble && !self.is_hopeless() && self.left().iter().all(|task| accepted.contains(task))
    }
}

impl Held {
    fn is_same(&self, other: &Self) -> bool {
        (self.task, self.undo) == (other.task, other.undo)
    }
}

/// Whether a compensation of its own is sure to undo what this task does.
pub(super) fn undoes(workflow: &Workflow, task: TaskIndex) -> bool {
    let undo = workflow.task(task).compensate;
    undo.is_some_and(|undo| calls_surely(workflow, undo))
}

/// Whether it comes to a call that changes something, whatever its data.
fn calls_surely(workflow: &Workflow, task: TaskIndex) -> bool {
    let described = workflow.task(task);
    if described.condition.is_some() {
        return false;
    }
    match &described.kind {
        Kind::Call(call) => !call.read_only,
        Kind::Do(list) => {
            let stays = |inner: &&TaskIndex| {
                let inner = workflow.task(**inner);
                let leaves = inner.then != Then::Continue;
                !leaves && !matches!(inner.kind, Kind::Switch(_) | Kind::Raise(_))
            };
            // The first that may lead elsewhere is still come to itself.
            let before = list.iter().take_while(stays).count();
            list.iter()
                .take(before + 1)
                .any(|inner| calls_surely(workflow, *inner))
        }
        _ => false,
    }
}

fn held(world: &World<'_>) -> Vec<Held> {
    let held = world.saga.letters().map(|letter| {
        let undo = letter.step.as_str().contains(":undo");
        let forward = forward_of(letter.step);
        let task = world.judge.track(forward).map(|track| track.task);
        Held {
            task: if undo { task } else { letter.task.or(task) },
            undo,
            after_pivot: world.judge.pivot,
            uncalled: letter.uncalled,
            bare: undo && world.judge.track(forward).is_some_and(|track| track.bare),
            reason: letter.reason.to_owned(),
            problem: letter.problem,
        }
    });
    held.collect()
}

/// Effects of the main line that the end does not account for: of a saga that went back, all; of one
/// that completed, those of steps given up, of rounds run again and of branches that lost.
fn standing(world: &World<'_>) -> Vec<TaskIndex> {
    let judge = &world.judge;
    let went_back = judge.failing.is_some() && !judge.pivot;
    let mut tasks: Vec<TaskIndex> = world
        .services
        .standing()
        .filter_map(|effect| {
            let track = judge.track(effect.step.as_str())?;
            let counts = track.completed && !track.abandoned && !went_back;
            (track.place == Place::Main && !counts).then_some(track.task)
        })
        .collect();
    tasks.sort_unstable();
    tasks.dedup();
    tasks
}
