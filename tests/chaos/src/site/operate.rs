//! What a person does about dead letters: asks again, twice; then decides.

use super::Site;
use serde_json::{Value, json};

impl Site {
    /// Round 1 and 2 retry every letter. In round 3 an undo that still finds nothing at a service
    /// that lies is taken as done: there is nothing else a person could do.
    pub(super) async fn operate(&self, round: u32) {
        for letter in self.letters().await {
            let text = |name: &str| letter[name].as_str().unwrap_or_default().to_owned();
            let (saga, step) = (text("saga"), text("step"));
            if saga.is_empty() {
                continue;
            }
            let (act, body) = match round {
                1 | 2 => ("retry", json!({})),
                _ if text("kind") == "compensation" => (
                    "skip",
                    json!({ "reason": "the service says there is nothing to undo" }),
                ),
                _ => ("drop", json!({ "reason": "it was asked often enough" })),
            };
            self.act(&saga, &step, act, &body).await;
        }
    }

    async fn act(&self, saga: &str, step: &str, act: &str, body: &Value) {
        let path = format!("/v1/dead-letters/{saga}/{}/{act}", encoded(step));
        let said = self.apis()[0].post(&path, body).await;
        self.operated(saga, &format!("{act} {step}"), said);
    }
}

/// Step names may hold `[`, `#`, `~` and `:`.
fn encoded(step: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let part = |byte: u8| {
        if plain(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    step.bytes().map(part).collect()
}
