//! Lists, loops and forks: what runs next, and under which name.

use super::event::{AtTask, Event, Next, Place};
use super::node::{Body, Branch, Cursor, TryPhase};
use super::turn::Turn;
use crate::workflow::{Kind, List, TaskIndex, Then};
use baton_shared::{Problem, StepId};
use std::sync::Arc;

impl<'a> Turn<'a> {
    /// Lets one idle node go on (`Node::is_idle` says which are); whether anything happened.
    pub(super) fn go_on(&mut self, id: &StepId) -> bool {
        let Some(node) = self.node(id) else {
            return false;
        };
        match &node.body {
            Body::List(cursor) | Body::For { cursor, .. } | Body::Try { cursor, .. } => {
                let cursor = cursor.clone();
                self.go_on_list(id, &cursor)
            }
            Body::Fork { branches, .. } => {
                let owed = branches.iter().position(|branch| *branch == Branch::Owed);
                owed.is_some_and(|branch| self.enter_branch(id, branch))
            }
            _ => false,
        }
    }

    fn go_on_list(&mut self, id: &StepId, cursor: &Cursor) -> bool {
        let list = self.list_of(id);
        match list.get(cursor.at) {
            Some(task) if cursor.done.is_none() => {
                let at_task = self.at_task(*task, Some(id), None);
                self.enter(at_task, &cursor.data);
                true
            }
            _ => self.list_ended(id, cursor),
        }
    }

    /// The tasks that this node runs through.
    pub(super) fn list_of(&self, id: &StepId) -> &'a List {
        static NONE: List = List::new();
        let Some(node) = self.node(id) else {
            return &NONE;
        };
        let Some(task) = node.task else {
            return match node.place {
                Place::OnFailure => &self.workflow.saga.on_failure,
                Place::Main | Place::Undo(_) => &self.workflow.main,
            };
        };
        match (&self.workflow.task(task).kind, &node.body) {
            (Kind::Do(list), _) => list,
            (Kind::For(each), _) => &each.body,
            (
                Kind::Try(block),
                Body::Try {
                    phase: TryPhase::Handler,
                    ..
                },
            ) => &block.catch.handler,
            (Kind::Try(block), _) => &block.body,
            _ => &NONE,
        }
    }

    /// Where a task stands, with the id its activation gets below `parent`.
    pub(super) fn at_task(
        &self,
        task: TaskIndex,
        parent: Option<&StepId>,
        branch: Option<usize>,
    ) -> AtTask {
        let described = self.workflow.task(task);
        let place = parent
            .and_then(|parent| self.node(parent))
            .map_or(Place::Main, |node| node.place);
        AtTask {
            task,
            name: Arc::clone(&described.name),
            reference: Arc::clone(&described.reference),
            parent: parent.cloned(),
            branch,
            place,
        }
    }

    /// The id of a task's activation below its parent: see [`StepId`].
    pub(super) fn child_id(&self, at_task: &AtTask) -> StepId {
        let Some(parent) = &at_task.parent else {
            return StepId::new(Arc::clone(&at_task.name));
        };
        let Some(node) = self.node(parent) else {
            return StepId::new(Arc::clone(&at_task.name));
        };
        if let Place::Undo(_) = at_task.place {
            return StepId::new(undo_child(parent, &node.body, &at_task.name));
        }
        let inherited = if node.task.is_none() {
            ""
        } else {
            node.suffix(parent)
        };
        let (own, lap) = match &node.body {
            Body::For { index, cursor, .. } => (format!("[{index}]"), cursor.lap),
            Body::Try { round, cursor, .. } => (self.round_suffix(parent, *round), cursor.lap),
            Body::List(cursor) => (String::new(), cursor.lap),
            _ => (String::new(), 0),
        };
        let lap = if lap == 0 {
            String::new()
        } else {
            format!("~{lap}")
        };
        // On the main line outside of loops, the usual case, the task's name is the id.
        if inherited.is_empty() && own.is_empty() && lap.is_empty() {
            return StepId::new(Arc::clone(&at_task.name));
        }
        StepId::new(format!("{}{inherited}{own}{lap}", at_task.name))
    }

    /// `#r` of a block that may run again. The outermost leaves its first round out; one inside
    /// another never does, or round 2 of the inner would be named like round 2 of the outer.
    fn round_suffix(&self, id: &StepId, round: u32) -> String {
        let reruns = |id: &StepId| {
            let task = self.node(id).and_then(|node| node.task);
            task.is_some_and(|task| match &self.workflow.task(task).kind {
                Kind::Try(block) => block.catch.retry.is_some(),
                _ => false,
            })
        };
        let inside_another = || {
            self.saga
                .scopes(id)
                .iter()
                .any(|outer| outer != id && reruns(outer))
        };
        if reruns(id) && (round > 1 || inside_another()) {
            format!("#{round}")
        } else {
            String::new()
        }
    }

    fn enter_branch(&mut self, fork: &StepId, branch: usize) -> bool {
        let Some(node) = self.node(fork) else {
            return false;
        };
        let Some(Kind::Fork(described)) = node.task.map(|task| &self.workflow.task(task).kind)
        else {
            return false;
        };
        let data = Arc::clone(&node.dot);
        let at_task = self.at_task(described.branches[branch], Some(fork), Some(branch));
        self.enter(at_task, &data);
        true
    }

    /// What `then` means in the list of `parent`.
    pub(super) fn next(&self, parent: &StepId, then: Then) -> Next {
        let at = match self.node(parent).map(|node| &node.body) {
            Some(Body::List(cursor) | Body::For { cursor, .. } | Body::Try { cursor, .. }) => {
                cursor.at
            }
            _ => return Next::Exit,
        };
        match then {
            Then::Continue => Next::At(at + 1),
            Then::Goto(position) => Next::At(position),
            Then::Exit => Next::Exit,
            Then::End => Next::End,
        }
    }

    /// A list has nothing more to run.
    fn list_ended(&mut self, id: &StepId, cursor: &Cursor) -> bool {
        let Some(node) = self.node(id) else {
            return false;
        };
        let Some(index) = node.task else {
            return self.root_ended(node.place, &cursor.data);
        };
        let task = self.workflow.task(index);
        let at_task = self.at_task_of(id);
        if let (Kind::For(each), Body::For { items, index, .. }) = (&task.kind, &node.body)
            && cursor.done != Some(Next::End)
            && let Some(item) = items.get(index + 1)
        {
            let (next, item) = (index + 1, item.clone());
            match self.goes_round(&at_task, each, (next, &item), &cursor.data) {
                Ok(true) => {
                    self.record(Event::Iterated {
                        node: id.clone(),
                        index: next,
                    });
                    return true;
                }
                Ok(false) => {}
                Err(problem) => {
                    self.loop_failed(id, at_task, cursor, *problem);
                    return true;
                }
            }
        }
        let dot = Arc::clone(&node.dot);
        let then = match (&task.kind, &node.body, cursor.done) {
            (_, _, Some(Next::End)) => Then::End,
            (
                Kind::Try(block),
                Body::Try {
                    phase: TryPhase::Handler,
                    ..
                },
                _,
            ) if block.catch.then != Then::Continue => block.catch.then,
            _ => task.then,
        };
        self.complete_then(id, &at_task, &dot, Arc::clone(&cursor.data), then, false);
        true
    }

    /// `while` failed between two iterations. Where that may not leave the loop, the loop is held at
    /// its end: to begin it again would repeat the iterations that are done, under their old keys.
    fn loop_failed(&mut self, id: &StepId, at_task: AtTask, cursor: &Cursor, problem: Problem) {
        let Some(reason) = self.must_hold(&at_task, &problem) else {
            self.record(Event::Left { node: id.clone() });
            return self.fail_task(id, at_task, &cursor.data, problem);
        };
        let input = self.node(id).map(|node| Arc::clone(&node.dot));
        self.record(Event::OutputHeld {
            node: id.clone(),
            at_task,
            input: input.unwrap_or_default(),
            output: Arc::clone(&cursor.data),
            compensate: None,
            problem,
            reason: format!("{reason}; to retry it goes on after the loop"),
            status: None,
        });
    }

    /// Where a live node stands.
    pub(super) fn at_task_of(&self, id: &StepId) -> AtTask {
        let node = self.node(id).expect("asked only for live nodes");
        AtTask {
            task: node.task.unwrap_or_default(),
            name: Arc::clone(&node.name),
            reference: Arc::clone(&node.reference),
            parent: node.parent.clone(),
            branch: node.branch,
            place: node.place,
        }
    }
}

/// Inside a compensation names are paths, `pay:undo[1]/refund~2`: iteration, task, lap.
fn undo_child(parent: &StepId, body: &Body, name: &str) -> String {
    let (iteration, lap) = match body {
        Body::For { index, cursor, .. } => (format!("[{index}]"), cursor.lap),
        Body::List(cursor) => (String::new(), cursor.lap),
        _ => (String::new(), 0),
    };
    match lap {
        0 => format!("{parent}{iteration}/{name}"),
        lap => format!("{parent}{iteration}/{name}~{lap}"),
    }
}
