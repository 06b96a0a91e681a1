//! What happened in a walk, told when somebody asks: most walks are fine, and nobody does.

use baton_engine::saga::{Recorded, Saga, Status};
use baton_shared::Timestamp;
use std::fmt::Write as _;

#[derive(Default)]
pub(crate) struct Tale {
    lines: Vec<Line>,
}

enum Line {
    Heard(String),
    /// The journal's length after it, and where the saga stands.
    Followed(usize, Status, Option<Timestamp>),
}

impl Tale {
    pub(crate) fn hear(&mut self, what: String) {
        self.lines.push(Line::Heard(what));
    }

    pub(crate) fn follow(&mut self, events: usize, saga: &Saga) {
        let line = Line::Followed(events, saga.status(), saga.wake_at());
        self.lines.push(line);
    }

    pub(crate) fn show(&self, journal: &[Recorded]) -> String {
        let mut told = String::new();
        let mut shown = 0;
        for line in &self.lines {
            match line {
                Line::Heard(what) => writeln!(told, "> {what}").expect("text"),
                Line::Followed(events, status, wake) => {
                    for recorded in &journal[shown..*events] {
                        let event = serde_json::to_string(&recorded.event).expect("plain");
                        let short: String = event.chars().take(150).collect();
                        writeln!(told, "    {short}").expect("text");
                    }
                    shown = *events;
                    writeln!(told, "    = {status:?} wake {wake:?}").expect("text");
                }
            }
        }
        told
    }
}
