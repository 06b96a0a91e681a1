//! What people do to a saga, at random: cancel, pause, resume, and every way to settle a dead letter.

use super::Walk;
use baton_engine::saga::Input;
use baton_engine::saga::view::{StepKind, StepStatus};
use baton_shared::StepId;
use serde_json::json;

impl Walk<'_> {
    pub(super) fn person(&mut self) -> Result<(), String> {
        match self.roll(5) {
            0 => self.decide(Input::Cancel { reason: None }, "cancel"),
            1 => self.decide(Input::Pause, "pause"),
            2 => self.decide(Input::Resume, "resume"),
            _ => self.settle(),
        }
    }

    /// Settles one dead letter, or lifts a pause.
    pub(super) fn settle(&mut self) -> Result<(), String> {
        let view = self.view();
        let held: Vec<(StepId, StepKind)> = view
            .steps
            .iter()
            .filter(|step| step.status == StepStatus::Held)
            .map(|step| (StepId::new(step.name.as_str()), step.kind))
            .collect();
        if held.is_empty() {
            return self.decide(Input::Resume, "resume");
        }
        let at = self.roll(held.len());
        let (step, _) = held[at].clone();
        let told = |what: &str| format!("{what} {step}");
        match self.roll(8) {
            0..=2 => {
                let told = told("retry");
                self.decide(Input::Retry { step, input: None }, &told)
            }
            3 | 4 => {
                let told = told("edit");
                self.decide(
                    Input::Retry {
                        step,
                        input: Some(json!({ "edited": true })),
                    },
                    &told,
                )
            }
            5 | 6 => {
                let told = told("skip");
                self.judge.skipped();
                self.decide(
                    Input::Skip {
                        step,
                        output: json!({ "by": "hand" }),
                        reason: Some("test".to_owned()),
                    },
                    &told,
                )
            }
            _ => {
                let told = told("drop");
                self.judge.dropped();
                self.decide(
                    Input::Drop {
                        step,
                        reason: "test".to_owned(),
                    },
                    &told,
                )
            }
        }
    }
}
