//! Ids of sagas and names of services: what is accepted has no character that a broker, a store or a
//! URL would read as its own.

use super::{Target, text};
use baton_shared::{Partition, SagaId, ServiceName};

pub(super) const TARGET: Target = Target {
    name: "id",
    run,
    seeds,
    words: &[".", "*", "#", ":", "{", "}", "/", "-", "_", "%"],
};

fn seeds() -> Vec<Vec<u8>> {
    [127, 128, 129, 1 << 20]
        .map(|length| vec![b'x'; length])
        .to_vec()
}

fn run(bytes: &[u8]) {
    let text = text(bytes);
    match text.parse::<SagaId>() {
        Ok(id) => {
            assert_eq!(id.to_string(), text);
            assert!(text.len() <= 128 && !text.starts_with(['.', '-', '_']));
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            assert!(text.chars().all(plain), "{text}");
            assert!(Partition::of(&id, 16).0 < 16);
            let json = serde_json::to_string(&id).expect("plain data");
            assert_eq!(serde_json::from_str::<SagaId>(&json).ok(), Some(id));
            text.parse::<ServiceName>().expect("the same rule");
        }
        Err(error) => {
            let said = error.to_string();
            assert!(said.len() < 400, "an error is short: {said}");
            text.parse::<ServiceName>().expect_err("the same rule");
        }
    }
}
