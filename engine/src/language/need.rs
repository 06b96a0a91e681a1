//! What the calls of a compensation say of what they undo, where that may not be there.
//!
//! A service finds what to undo by the key that every compensation carries, or by what its request says. A
//! request that says it from an output alone, or from what was exported of one, says null where there is none: then
//! the service finds nothing, unless it goes by the key all the same. That it does is known where the request has
//! the key too.
//!
//! ```text
//!   the step's output ─► `.` of the first task ─ wait, switch, set ─► `.` of the next … a call: another answer
//! ```

use super::doubts::{of_call, of_form, sends_dot};
use crate::expression::{Expr, StepsNamed};
use crate::workflow::{Call, Kind, Task};
use std::collections::BTreeSet;

/// What one call of a compensation says of what it undoes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Telling {
    /// What of it may be null; nothing where the key is said too.
    pub needs: Vec<Need>,
    /// Something of it is there whatever became of any step.
    pub names: bool,
}

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

/// What the calls among these tasks say, if they change anything: a compensation and all that is in it, as they are
/// numbered.
pub(crate) fn tellings<'t>(tasks: impl IntoIterator<Item = &'t Task>) -> Vec<Option<Telling>> {
    // Whether `.` is nothing but that output, or made of it.
    let mut given = true;
    let each = tasks.into_iter().map(|task| {
        let inner = given_within(task, given);
        let telling = match &task.kind {
            Kind::Call(call) if !call.read_only => Some(of_task(task, call, given, inner)),
            _ => None,
        };
        given = given_after(task, inner) || (given && task.condition.is_some());
        telling
    });
    each.collect()
}

fn given_within(task: &Task, given: bool) -> bool {
    let shaped = of_form(task.input.form.as_ref());
    if task.input.form.is_none() {
        return given;
    }
    // What `with` takes of it is not looked at: something that is there is taken for it.
    let there = shaped.iter().any(|expr| is_there(expr, given));
    !there && shaped.iter().any(|expr| reads_output(expr, given))
}

/// What the next task is given.
fn given_after(task: &Task, given: bool) -> bool {
    match &task.kind {
        Kind::Do(_) | Kind::Wait(_) | Kind::Switch(_) => given,
        Kind::Set(template) => {
            let made = template.expressions();
            made.iter().any(|expr| reads_output(expr, given))
        }
        _ => false,
    }
}

fn reads_output(expr: &Expr, given: bool) -> bool {
    of_expr(expr, given).is_some_and(|need| need.output)
}

fn of_task(task: &Task, call: &Call, given: bool, inner: bool) -> Telling {
    // Without `with` the input is sent as it is.
    let whole = sends_dot(call);
    let said: Vec<(&Expr, bool)> = if whole {
        let shaped = of_form(task.input.form.as_ref()).into_iter();
        shaped.map(|expr| (expr, given)).collect()
    } else {
        let sent = of_call(call).into_iter();
        sent.map(|expr| (expr, inner)).collect()
    };
    if said.iter().any(|(expr, _)| expr.reads_key()) {
        return Telling {
            needs: Vec::new(),
            names: true,
        };
    }
    let needs = said
        .iter()
        .filter_map(|(expr, given)| of_expr(expr, *given));
    let another = whole && task.input.form.is_none() && !given;
    Telling {
        needs: needs.collect(),
        names: another || said.iter().any(|(expr, given)| is_there(expr, *given)),
    }
}

/// It reads what is there, or gives another value for what is not.
fn is_there(expr: &Expr, given: bool) -> bool {
    let reads = expr.reads_known() || (!given && expr.reads_own());
    reads && of_expr(expr, given).is_none()
}

fn of_expr(expr: &Expr, given: bool) -> Option<Need> {
    let StepsNamed::Only(steps) = expr.steps() else {
        return None;
    };
    let output = expr.reads_told() || (given && expr.reads_own());
    let context = expr.context();
    let may_be_null = output || !steps.is_empty() || !context.is_empty();
    let other = expr.reads_fixed() || (!given && expr.reads_own());
    let instead = other && expr.has_alternative();
    (may_be_null && !instead).then(|| Need {
        output,
        steps: steps.clone(),
        context: context.clone(),
    })
}
