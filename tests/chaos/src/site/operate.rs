//! What a person does about dead letters: asks again, twice; then decides.

use super::Site;
use baton_ledger::manner::{Lie, Manner};
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

    /// Cancels what a service put off for longer than anybody waits: Baton keeps to a `Retry-After`
    /// of up to a day.
    pub(super) async fn hurry(&self) {
        for (id, saga) in self.history().await {
            let workflow = saga["workflow"].as_str().unwrap_or_default();
            let open = matches!(saga["status"].as_str(), Some("running" | "waiting"));
            if open && workflow.ends_with(Manner::Liar(Lie::RetryAfter).word()) {
                let path = format!("/v1/sagas/{id}/cancel");
                let body = json!({ "reason": "nobody waits that long" });
                let said = self.apis()[0].post(&path, &body).await;
                self.operated(&id, "cancel", said);
            }
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
