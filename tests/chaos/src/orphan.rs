//! What becomes of a message that a scenario itself puts into a queue and that belongs to no saga: it is
//! shown to a person, whole.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A message that must be among the orphans when all is quiet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Orphan {
    /// These bytes, as they were sent.
    Bytes(Vec<u8>),
    /// A worker's report on a job of this saga, of which nothing was sent.
    Unsent(String),
}

impl Orphan {
    /// Whether an orphan, as the API shows it, is this one.
    pub fn is(&self, shown: &Value) -> bool {
        let Some(bytes) = bytes(&shown["message"]) else {
            return false;
        };
        match self {
            Self::Bytes(sent) => *sent == bytes,
            Self::Unsent(saga) => {
                let report: Value = serde_json::from_slice(&bytes).unwrap_or_default();
                let body = &report["body"];
                let said = body.to_string();
                body["job"]["saga"] == **saga && said.contains("The request cannot be sent")
            }
        }
    }

    /// For people, who do not want megabytes.
    pub fn told(&self) -> String {
        match self {
            Self::Bytes(bytes) => {
                let begin = &bytes[..bytes.len().min(60)];
                let begin = String::from_utf8_lossy(begin).into_owned();
                format!("a message of {} bytes: {begin:?}", bytes.len())
            }
            Self::Unsent(saga) => format!("a report on the job of `{saga}` that cannot be sent"),
        }
    }
}

/// The message as it was found.
fn bytes(message: &Value) -> Option<Vec<u8>> {
    if let Some(text) = message["body"].as_str() {
        return Some(text.as_bytes().to_vec());
    }
    STANDARD.decode(message["bodyBase64"].as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use super::Orphan;
    use serde_json::json;

    #[test]
    fn it_is_known_by_every_byte() {
        let sent = Orphan::Bytes(b"\xff\xfe\x00".to_vec());
        assert!(sent.is(&json!({ "message": { "bodyBase64": "//4A" } })));
        assert!(!sent.is(&json!({ "message": { "bodyBase64": "//4B" } })));
        assert!(!sent.is(&json!({ "reason": "no message is shown" })));
        let empty = Orphan::Bytes(Vec::new());
        assert!(empty.is(&json!({ "message": { "body": "" } })));
    }

    #[test]
    fn a_report_is_of_its_saga_and_says_that_nothing_was_sent() {
        let unsent = Orphan::Unsent("s".to_owned());
        let report = |saga: &str, title: &str| {
            let report =
                json!({ "body": { "job": { "saga": saga }, "error": { "title": title } } });
            json!({ "message": { "body": report.to_string() } })
        };
        assert!(unsent.is(&report("s", "The request cannot be sent")));
        assert!(!unsent.is(&report("s", "Internal Server Error")));
        assert!(!unsent.is(&report("t", "The request cannot be sent")));
    }
}
