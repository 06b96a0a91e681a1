//! From a flat list of steps to a tree: composites around steps, and what was undone.
//!
//! ```text
//!   main line ── ship ── left ── a          within: [ship, left]
//!            │        └─ right ── b         within: [ship, right]
//!            └─ undone in reverse ── b, a   compensations, in the order they ran
//! ```

use super::siblings::Siblings;
use baton_engine::saga::Status;
use baton_engine::saga::view::{SagaView, StepKind, StepView};
use std::collections::HashMap;

/// A place in the tree.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) what: What<'a>,
    pub(super) children: Siblings<'a>,
}

/// What stands there.
#[derive(Clone, Copy, Debug)]
pub(super) enum What<'a> {
    Step(&'a StepView),
    /// A composite task that has no step of its own.
    Group(&'a str),
    /// Compensations that ran one after the other.
    Undone {
        /// The saga itself is undone, not only a block of it.
        rollback: bool,
    },
    /// So many steps that are left out here.
    Gap(usize),
}

/// The children of the saga; of its steps those that are `picked`.
pub(super) fn grow<'a>(view: &'a SagaView, picked: &[bool]) -> Siblings<'a> {
    let places: HashMap<&str, &[String]> = view
        .steps
        .iter()
        .filter(|step| step.kind == StepKind::Task)
        .map(|step| (step.name.as_str(), step.within.as_slice()))
        .collect();
    let mut root = Siblings::default();
    let mut runs = view.steps.chunk_by(|a, b| a.kind == b.kind).peekable();
    let mut picked = picked.iter().copied();
    while let Some(run) = runs.next() {
        if run[0].kind == StepKind::Task {
            for (step, shown) in run.iter().zip(picked.by_ref().take(run.len())) {
                place(&mut root, step, shown);
            }
            continue;
        }
        // `onFailure` runs after the rollback, so it does not make it a block's.
        let ends = runs
            .peek()
            .is_none_or(|next| next[0].within.first().is_some_and(|w| w == "onFailure"));
        let rollback = ends && rolls_back(view.status);
        let around = if rollback { &[] } else { common(run, &places) };
        let shown: Vec<bool> = picked.by_ref().take(run.len()).collect();
        if !shown.contains(&true) {
            gap(&mut root, around, run.len());
            continue;
        }
        let block = undone(descend(&mut root, around), rollback);
        for (step, shown) in run.iter().zip(shown) {
            if shown {
                block.push(node(What::Step(step)));
            } else {
                leave_out(block, 1);
            }
        }
    }
    root
}

fn rolls_back(status: Status) -> bool {
    !matches!(
        status,
        Status::Completed | Status::Running | Status::Waiting
    )
}

fn node(what: What<'_>) -> Node<'_> {
    Node {
        what,
        children: Siblings::default(),
    }
}

fn place<'a>(root: &mut Siblings<'a>, step: &'a StepView, shown: bool) {
    if !shown {
        return gap(root, &step.within, 1);
    }
    let siblings = descend(root, &step.within);
    // A composite may be told after what happened within it.
    if step.service.is_none()
        && let Some(group) = siblings.named(&step.name)
        && let What::Group(_) = group.what
    {
        group.what = What::Step(step);
        return;
    }
    siblings.push(node(What::Step(step)));
}

/// Leaves steps out, as deep within these composites as there are any: none is made for a gap.
fn gap(mut nodes: &mut Siblings<'_>, within: &[String], count: usize) {
    for name in within {
        if nodes.named(name).is_none() {
            break;
        }
        nodes = &mut nodes.named(name).expect("just found").children;
    }
    leave_out(nodes, count);
}

fn leave_out(nodes: &mut Siblings<'_>, count: usize) {
    if let Some(Node {
        what: What::Gap(before),
        ..
    }) = nodes.last()
    {
        *before += count;
        return;
    }
    nodes.push(node(What::Gap(count)));
}

/// The list of nodes within these composites, which come to be where they are missing.
fn descend<'t, 'a>(mut nodes: &'t mut Siblings<'a>, within: &'a [String]) -> &'t mut Siblings<'a> {
    for name in within {
        if nodes.named(name).is_none() {
            nodes.push(node(What::Group(name)));
        }
        nodes = &mut nodes.named(name).expect("there or just made").children;
    }
    nodes
}

/// The block of compensations at the end of these nodes.
fn undone<'t, 'a>(nodes: &'t mut Siblings<'a>, rollback: bool) -> &'t mut Siblings<'a> {
    let open = matches!(
        nodes.last(),
        Some(Node { what: What::Undone { rollback: last }, .. }) if *last == rollback
    );
    if !open {
        nodes.push(node(What::Undone { rollback }));
    }
    &mut nodes.last().expect("there or just made").children
}

/// The composites around every step that this run undoes.
fn common<'a>(run: &[StepView], places: &HashMap<&str, &'a [String]>) -> &'a [String] {
    let mut targets = run.iter().map(|step| {
        let target = step.compensates.as_deref().unwrap_or_default();
        places.get(target).copied().unwrap_or_default()
    });
    let first = targets.next().unwrap_or_default();
    targets.fold(first, |common, within| {
        let same = common.iter().zip(within).take_while(|(a, b)| a == b);
        &common[..same.count()]
    })
}

#[cfg(test)]
mod tests {
    use super::super::siblings::looks;
    use super::*;
    use serde_json::json;

    fn view(steps: impl Iterator<Item = serde_json::Value>) -> SagaView {
        let golden = include_str!("../../../tests/golden/compensated.json");
        let mut view: serde_json::Value = serde_json::from_str(golden).expect("JSON");
        view["steps"] = steps.collect();
        serde_json::from_value(view).expect("a view")
    }

    fn step(name: String, within: &[String]) -> serde_json::Value {
        json!({ "name": name, "reference": "", "kind": "task", "status": "succeeded", "attempts": [],
            "service": null, "operation": null, "idempotencyKey": null, "input": null, "output": null,
            "error": null, "startedAt": null, "endedAt": null, "within": within })
    }

    fn undo(of: String) -> serde_json::Value {
        let mut undo = step(format!("{of}:undo"), &[]);
        undo["kind"] = json!("compensation");
        undo["compensates"] = json!(of);
        undo
    }

    /// Looks per step that it takes to grow the tree.
    fn dearness(view: &SagaView) -> usize {
        let before = looks();
        let root = grow(view, &vec![true; view.steps.len()]);
        let looked = looks() - before;
        assert!(!root.is_empty());
        looked.div_ceil(view.steps.len())
    }

    #[test]
    fn a_step_costs_the_same_in_the_longest_saga() {
        let each = &["each".to_owned()];
        for count in [100, 3_000] {
            let flat = view((0..count).map(|i| step(format!("set[{i}]"), each)));
            let deep = view((0..count).map(|i| {
                let within = [
                    "each".to_owned(),
                    format!("body[{i}]"),
                    format!("more[{i}]"),
                ];
                step(format!("set[{i}]"), &within)
            }));
            let apart = view(
                (0..count).flat_map(|i| [step(format!("a[{i}]"), each), undo(format!("a[{i}]"))]),
            );
            for (name, view) in [("flat", flat), ("deep", deep), ("apart", apart)] {
                let dear = dearness(&view);
                assert!(dear <= 8, "{name}, {count} steps: {dear} looks for each");
            }
        }
    }
}
