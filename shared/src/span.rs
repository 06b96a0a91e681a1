//! What is told to a tracing system: one span a saga, one span an attempt.
//!
//! ```text
//!   the caller's span ─► the saga ─► an attempt ─► whatever the service makes of it
//! ```
//!
//! Invariant: recording a span neither waits nor fails. Names and numbers only: never a body, never
//! a header.

use crate::id::stable_hash;
use crate::sampler::Sampler;
use crate::{Timestamp, Traceparent};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Something that took time, once it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its trace and its own id.
    pub context: Traceparent,
    /// The id of the span above it, 16 hex digits.
    pub parent: Option<String>,
    /// Few different ones: no ids.
    pub name: String,
    pub kind: SpanKind,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    pub attributes: Vec<(&'static str, Attribute)>,
    /// In a word, why it failed.
    pub failed: Option<String>,
}

/// Which side of a call it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanKind {
    /// No call at all.
    Internal,
    /// The side that calls.
    Client,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    Text(String),
    Number(u64),
}

impl From<String> for Attribute {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Where spans go; by default nowhere. Cheap to clone.
#[derive(Clone, Default)]
pub struct Spans(Option<Arc<Inner>>);

struct Inner {
    seed: u64,
    made: AtomicU64,
    sampler: Sampler,
    lost: Arc<AtomicU64>,
    sink: Box<dyn Fn(Span) + Send + Sync>,
}

impl Spans {
    /// To `sink`, which must return at once. `seed` spreads the ids: another one for each process.
    pub fn to(seed: u64, sink: impl Fn(Span) + Send + Sync + 'static) -> Self {
        Self::sampled(seed, Sampler::default(), Arc::default(), sink)
    }

    /// The same; of traces that begin here as many as `sampler` says. Whoever counts in `lost` the
    /// spans that do not arrive has them told by [`Self::lost`].
    pub fn sampled(
        seed: u64,
        sampler: Sampler,
        lost: Arc<AtomicU64>,
        sink: impl Fn(Span) + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(Inner {
            seed,
            made: AtomicU64::new(0),
            sampler,
            lost,
            sink: Box::new(sink),
        })))
    }

    /// How many spans did not arrive, since the start.
    pub fn lost(&self) -> u64 {
        let inner = self.0.as_ref();
        inner.map_or(0, |inner| inner.lost.load(Ordering::Relaxed))
    }

    /// Marks a trace as recorded or not; `begun` here, or by a caller who decided it.
    #[must_use]
    pub fn mark(&self, trace: Traceparent, begun: bool) -> Traceparent {
        match &self.0 {
            Some(inner) => inner.sampler.mark(trace, begun),
            None => trace,
        }
    }

    /// A span below `parent`, if spans of its trace are recorded at all.
    pub fn below(&self, parent: &Traceparent) -> Option<Traceparent> {
        let inner = self.0.as_ref().filter(|_| parent.is_sampled())?;
        let count = inner.made.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&inner.seed.to_le_bytes());
        bytes[8..].copy_from_slice(&count.to_le_bytes());
        Some(parent.child(stable_hash(&bytes).max(1)))
    }

    /// Whether there is anybody to take spans.
    pub fn are_made(&self) -> bool {
        self.0.is_some()
    }

    /// Whether spans of this trace are recorded.
    pub fn wants(&self, trace: &Traceparent) -> bool {
        self.0.is_some() && trace.is_sampled()
    }

    /// Hands a span on, if its trace is recorded.
    pub fn record(&self, span: Span) {
        if let Some(inner) = self.0.as_ref().filter(|_| span.context.is_sampled()) {
            (inner.sink)(span);
        }
    }
}

impl fmt::Debug for Spans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.0.is_some() { "on" } else { "off" };
        f.debug_tuple("Spans").field(&state).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    fn span(context: Traceparent) -> Span {
        Span {
            context,
            parent: None,
            name: "a.b".to_owned(),
            kind: SpanKind::Client,
            started_at: Timestamp(1),
            ended_at: Timestamp(2),
            attributes: Vec::new(),
            failed: None,
        }
    }

    #[test]
    fn only_sampled_traces_are_recorded_and_each_span_has_its_own_id() {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let into = kept.clone();
        let spans = Spans::to(7, move |span| into.lock().expect("sound").push(span));
        let trace = |flags: &str| {
            let text = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
            Traceparent::parse(&text).expect("reads")
        };
        assert_eq!(spans.below(&trace("00")), None);
        spans.record(span(trace("00")));
        assert!(kept.lock().expect("sound").is_empty());
        let (one, two) = (spans.below(&trace("01")), spans.below(&trace("01")));
        assert_ne!(one, two);
        spans.record(span(one.expect("sampled")));
        assert_eq!(kept.lock().expect("sound").len(), 1);
        assert_eq!(Spans::default().below(&trace("01")), None, "nowhere to go");
    }
}
