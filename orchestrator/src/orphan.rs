//! Messages that belong to no saga: kept whole, never silently acknowledged (semantics S24, S28).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use baton_engine::saga::view::DeadLetter;
use baton_shared::Timestamp;
use baton_shared::id::stable_hash;
use baton_shared::port::{Death, Delivery, Lane};
use serde::{Deserialize, Serialize};

/// What is kept of such a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Orphan {
    /// Why nobody could use it, as a sentence.
    pub reason: String,
    /// Where it was found: `jobs.<service>`, `outcomes.<partition>`, `dead`.
    pub lane: String,
    #[serde(flatten)]
    pub body: Body,
    pub at: Timestamp,
}

/// The message, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    #[serde(rename = "body")]
    Text(String),
    #[serde(rename = "bodyBase64")]
    Base64(String),
}

impl Orphan {
    pub fn of(delivery: &Delivery, reason: String, at: Timestamp) -> Self {
        let body = match std::str::from_utf8(&delivery.body) {
            Ok(text) => Body::Text(text.to_owned()),
            Err(_) => Body::Base64(STANDARD.encode(&delivery.body)),
        };
        let reason = match &delivery.death {
            Some(Death { reason: why, from }) => {
                format!("{reason} (given up in `{from}`: {why})")
            }
            None => reason,
        };
        Self {
            reason,
            lane: lane_name(&delivery.lane),
            body,
            at,
        }
    }

    /// Sorts by time. The hash keeps apart what came in one millisecond, unless it is the very same.
    pub fn key(&self) -> String {
        format!("{:013x}-{:016x}", self.at.0, stable_hash(&self.encode()))
    }

    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data")
    }

    /// What cannot be read as an orphan is shown as one, so that somebody can drop it.
    pub fn decode(value: &[u8]) -> Self {
        serde_json::from_slice(value).unwrap_or_else(|error| Self {
            reason: format!("the record of this orphan is not readable: {error}"),
            lane: String::new(),
            body: Body::Base64(STANDARD.encode(value)),
            at: Timestamp(0),
        })
    }

    /// As people see it.
    pub fn letter(&self, key: &str) -> DeadLetter {
        DeadLetter {
            id: format!("-/{key}"),
            saga: None,
            workflow: None,
            step: None,
            kind: None,
            service: None,
            operation: None,
            reason: self.reason.clone(),
            error: None,
            attempts: 0,
            held_at: self.at.rfc3339(),
            actions: vec!["drop: forget this message".to_owned()],
        }
    }
}

fn lane_name(lane: &Lane) -> String {
    match lane {
        Lane::Jobs(service) => format!("jobs.{service}"),
        Lane::Outcomes(partition) => format!("outcomes.{}", partition.0),
        Lane::Dead => "dead".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_shared::port::Receipt;

    #[test]
    fn every_byte_is_kept() {
        for body in [&b"{\"v\": 9}"[..], &[0xff, 0x00, 0xfe][..], b""] {
            let delivery = Delivery {
                lane: Lane::Dead,
                body: body.to_vec(),
                redelivered: false,
                death: None,
                receipt: Receipt {
                    inbox: 0,
                    generation: 0,
                    tag: 0,
                },
            };
            let orphan = Orphan::of(&delivery, "why".to_owned(), Timestamp(5));
            let back: Orphan = serde_json::from_slice(&orphan.encode()).expect("reads");
            assert_eq!(back, orphan);
            let bytes = match back.body {
                Body::Text(text) => text.into_bytes(),
                Body::Base64(text) => STANDARD.decode(text).expect("is base64"),
            };
            assert_eq!(bytes, body);
        }
    }
}
