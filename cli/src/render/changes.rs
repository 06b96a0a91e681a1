//! What is new between two looks at a saga, as plain lines: for logs and pipes.

use super::{Look, is_final, plain, status_word, time, tree};
use baton_engine::saga::view::{SagaView, StepView};

/// A line for every step that has moved, and one for the saga when its status has. Without
/// `before`, everything is new.
pub fn changes(before: Option<&SagaView>, after: &SagaView, look: &Look) -> Vec<String> {
    let known = before.map_or(&[][..], |view| &view.steps);
    let mut lines = Vec::new();
    let moved = |before: Option<&SagaView>| before.map(|view| (view.status, view.paused));
    let turned = moved(before) != moved(Some(after));
    if turned && !is_final(after.status) {
        lines.push(status_line(after));
    }
    for (at, step) in after.steps.iter().enumerate() {
        // Steps stand in the order they started, so that most keep their place.
        let earlier = match known.get(at) {
            Some(earlier) if earlier.name == step.name => Some(earlier),
            _ => known.iter().find(|earlier| earlier.name == step.name),
        };
        if earlier.is_none_or(|earlier| has_moved(earlier, step)) {
            lines.push(format!(
                "{}  {}",
                after.id,
                tree::one_line(after, step, look)
            ));
        }
    }
    if turned && is_final(after.status) {
        lines.push(status_line(after));
    }
    lines
}

fn has_moved(before: &StepView, after: &StepView) -> bool {
    before.status != after.status || before.attempts.len() != after.attempts.len()
}

fn status_line(view: &SagaView) -> String {
    let paused = if view.paused { " (paused)" } else { "" };
    let workflow = plain(&format!("{}@{}", view.workflow, view.version));
    let line = format!(
        "{}  {workflow}  {}{paused}",
        view.id,
        status_word(view.status)
    );
    at_time(&view.updated_at, &line)
}

fn at_time(at: &str, line: &str) -> String {
    let at = time::parse(at).map_or_else(|| plain(at), time::clock);
    format!("{at}  {line}")
}
