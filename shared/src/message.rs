//! The wire: jobs and outcomes in their envelope.
//!
//! The envelope has had its version, signature, deadline and trace fields from the first message
//! on, so that signing and encryption come without a break of format.

use crate::{JobId, Outcome, Partition, Request, ServiceName, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The format this build writes, and the only one it reads.
pub const VERSION: u32 = 1;

/// Bytes of most messages. One that waits for a worker keeps as many.
const USUAL: usize = 512;

/// What surrounds every message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// Format version; see [`VERSION`].
    pub v: u32,
    /// `baton.job` or `baton.outcome`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When the message is of no more use, if ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// W3C trace context of the sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// Room for a detached signature over `body`; no build signs yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    pub body: T,
}

/// A body that may travel.
pub trait Body: Serialize + DeserializeOwned {
    const KIND: &'static str;
}
impl Body for Job {
    const KIND: &'static str = "baton.job";
}
impl Body for Outcome {
    const KIND: &'static str = "baton.outcome";
}

/// Asks a worker to make one attempt of a step or of a compensation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Job {
    pub id: JobId,
    pub service: ServiceName,
    /// `authorize` of `payments.authorize`; none for inline calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The unchanging `Idempotency-Key`.
    pub key: String,
    /// In a compensation: the key of what it undoes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compensates: Option<String>,
    pub request: Request,
    /// How long one call may take, in milliseconds.
    #[serde(rename = "timeoutMs")]
    pub timeout_ms: u64,
    /// No call starts after it; the orchestrator books the attempt as unknown then.
    pub deadline: Timestamp,
    /// Where the outcome goes.
    pub partition: Partition,
    /// Sent again by the orchestrator, which could not know whether the first copy arrived: the
    /// worker looks into its record first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

/// Why bytes are no message of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    #[error("not a readable message: {0}")]
    Unreadable(String),
    #[error("message version {0} is unknown here (this build reads version {VERSION})")]
    Version(u32),
    #[error("message type `{found}` where `{wanted}` belongs")]
    Kind { found: String, wanted: &'static str },
}

/// The part that is read before the body is looked at.
#[derive(Deserialize)]
struct Head {
    v: u32,
    #[serde(rename = "type")]
    kind: String,
}

impl<T> Envelope<T> {
    fn around(body: T, kind: &str) -> Self {
        Self {
            v: VERSION,
            kind: kind.to_owned(),
            deadline: None,
            traceparent: None,
            signature: None,
            body,
        }
    }
}

impl<'a> Envelope<&'a RawValue> {
    /// Around a body that is JSON already: that of a `T`.
    pub fn written<T: Body>(body: &'a RawValue) -> Self {
        Self::around(body, T::KIND)
    }
}

impl<T: Serialize> Envelope<T> {
    /// Our own types always serialise: no map keys but strings, no failing implementations.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(USUAL);
        serde_json::to_writer(&mut bytes, self).expect("messages are plain data");
        bytes
    }
}

impl<T: Body> Envelope<T> {
    pub fn new(body: T) -> Self {
        Self::around(body, T::KIND)
    }

    /// Reads it, in one go where it is ours. What is not is looked at again for its version and type,
    /// so that a future message is named as such, whatever its body is.
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        // At once, and not for each string of it.
        let text = std::str::from_utf8(bytes);
        let text = text.map_err(|error| MessageError::Unreadable(error.to_string()))?;
        let read = serde_json::from_str::<Self>(text);
        if let Ok(ours) = read
            && ours.v == VERSION
            && ours.kind == T::KIND
        {
            return Ok(ours);
        }
        let unreadable = |e: serde_json::Error| MessageError::Unreadable(e.to_string());
        let head: Head = serde_json::from_str(text).map_err(unreadable)?;
        if head.v != VERSION {
            return Err(MessageError::Version(head.v));
        }
        if head.kind != T::KIND {
            return Err(MessageError::Kind {
                found: head.kind,
                wanted: T::KIND,
            });
        }
        serde_json::from_str(text).map_err(unreadable)
    }
}
