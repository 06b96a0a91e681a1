//! What orchestrator and worker share, and nothing else.
//!
//! ```text
//!   orchestrator ── Job ──► worker            they meet only in these messages,
//!        ▲                    │               and reach the outside only through
//!        └───── Outcome ──────┘               the ports of `port`
//! ```
//!
//! Invariant: nothing here waits, reads a clock, or knows a broker. It is data, the words for it,
//! and the few traits behind which the outside stands.

pub mod catalogue;
pub mod duration;
pub mod id;
pub mod json;
pub mod message;
pub mod nesting;
pub mod outcome;
pub mod planted;
pub mod port;
pub mod request;
pub mod retry;
pub mod sampler;
pub mod span;
pub mod time;
pub mod trace;

pub use id::{InvalidId, JobId, JobKind, Partition, SagaId, ServiceName, StepId};
pub use message::{Envelope, Job, MessageError};
pub use outcome::{Outcome, Problem, Verdict};
pub use request::Request;
pub use retry::RetryPolicy;
pub use span::{Span, SpanKind, Spans};
pub use time::Timestamp;
pub use trace::Traceparent;
