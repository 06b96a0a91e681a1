//! What the calls of a compensation work from, where that may not be there.
//!
//! A service finds what to undo by the key that every compensation carries, or by what its request says. A
//! request that says it from an output alone, or from what was exported of one, says null where there is none: then
//! the service finds nothing, unless it goes by the key all the same. That it does is known where the request has the key too.

use super::doubts::{of_call, of_form};
use crate::expression::{Expr, StepsNamed};
use crate::workflow::{Kind, Task};
use std::collections::BTreeSet;

/// An expression of a request that reads nothing but what may be null; it is null where all of that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// The output of the step that is undone: null where its outcome is unknown.
    pub output: bool,
    /// Outputs of other steps: null where they were not done.
    pub steps: BTreeSet<String>,
    /// Members of `$context`: null where they were not exported.
    pub context: BTreeSet<String>,
}

/// What each of these tasks needs for its call: a compensation and all that is in it, as they are numbered.
pub(crate) fn needs<'t>(tasks: impl IntoIterator<Item = &'t Task>) -> Vec<Vec<Need>> {
    // What is called first is given the output, and so is a list around it; what follows is given other things.
    let mut given = true;
    let each = tasks.into_iter().map(|task| {
        let needs = of_task(task, given);
        given &= matches!(task.kind, Kind::Do(_)) && task.input.form.is_none();
        needs
    });
    each.collect()
}

/// `given`: its input is the output of what is undone.
fn of_task(task: &Task, given: bool) -> Vec<Need> {
    let Kind::Call(call) = &task.kind else {
        return Vec::new();
    };
    let (shaped, sent) = (of_form(task.input.form.as_ref()), of_call(call));
    if shaped.iter().chain(&sent).any(|expr| expr.reads_key()) {
        return Vec::new();
    }
    let reshaped = task.input.form.is_some();
    let shaped = shaped.into_iter().filter_map(|expr| of_expr(expr, given));
    let sent = sent.into_iter();
    let sent = sent.filter_map(|expr| of_expr(expr, given && !reshaped));
    shaped.chain(sent).collect()
}

fn of_expr(expr: &Expr, given: bool) -> Option<Need> {
    let StepsNamed::Only(steps) = expr.steps() else {
        return None;
    };
    let output = expr.reads_told() || (given && expr.reads_own());
    let other = expr.reads_fixed() || (!given && expr.reads_own());
    let context = expr.context();
    let needs = !other && (output || !steps.is_empty() || !context.is_empty());
    needs.then(|| Need {
        output,
        steps: steps.clone(),
        context: context.clone(),
    })
}
