//! W3C trace context (`traceparent`), as far as Baton needs it: read one, continue it.
//!
//! ```text
//!   00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
//!   version   trace id                   span id        flags
//! ```

use crate::SagaId;
use crate::id::{hex16, stable_hash_of};
use std::ops::Range;

/// A readable trace context. One text, as it is sent: each job makes two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traceparent(String);

/// Where its parts stand.
const VERSION: Range<usize> = 0..2;
const TRACE: Range<usize> = 3..35;
const SPAN: Range<usize> = 36..52;
const FLAGS: Range<usize> = 53..55;

impl Traceparent {
    /// `None` for anything the specification calls invalid: it is then ignored, not refused.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let part = |range: Range<usize>| {
            let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
            text.get(range).filter(|part| part.bytes().all(hex))
        };
        let (version, flags) = (part(VERSION)?, part(FLAGS)?);
        let (trace, span) = (part(TRACE)?, part(SPAN)?);
        let between = [VERSION, TRACE, SPAN].map(|part| part.end);
        let apart = between.iter().all(|at| text.as_bytes()[*at] == b'-');
        // Version 00 has exactly four parts; later ones may add more; ff is forbidden.
        let more = &text[FLAGS.end..];
        let known =
            version != "ff" && (more.is_empty() || version != "00" && more.starts_with('-'));
        let zero = |text: &str| text.bytes().all(|b| b == b'0');
        (apart && known && !zero(trace) && !zero(span)).then(|| Self::of(trace, span, flags))
    }

    fn of(trace: &str, span: &str, flags: &str) -> Self {
        let mut text = String::with_capacity(FLAGS.end);
        for part in ["00-", trace, "-", span, "-", flags] {
            text.push_str(part);
        }
        Self(text)
    }

    /// A new trace, sampled, that begins with this saga: where the submitter sent none.
    /// `trace` is 32 lower-case hex digits, not all of them 0.
    pub fn root(trace: &str, saga: &SagaId) -> Self {
        Self::of(trace, &span_of(trace, saga), "01")
    }

    /// Another span of the same trace; `span` is not 0.
    #[must_use]
    pub fn child(&self, span: u64) -> Self {
        Self::of(self.trace(), &hex16(span), self.flags())
    }

    /// The span that a saga is within this trace. It follows from their names, so that every
    /// orchestrator that drives the saga, and each of its jobs, names the same one.
    #[must_use]
    pub fn of_saga(&self, saga: &SagaId) -> Self {
        Self::of(self.trace(), &span_of(self.trace(), saga), self.flags())
    }

    /// 32 hex digits.
    pub fn trace(&self) -> &str {
        &self.0[TRACE]
    }

    /// 16 hex digits.
    pub fn span(&self) -> &str {
        &self.0[SPAN]
    }

    fn flags(&self) -> &str {
        &self.0[FLAGS]
    }

    /// Whether whoever began the trace wants it recorded.
    pub fn is_sampled(&self) -> bool {
        u8::from_str_radix(self.flags(), 16).is_ok_and(|flags| flags & 1 == 1)
    }

    /// The same, recorded or not.
    #[must_use]
    pub fn sampled(mut self, sampled: bool) -> Self {
        let flags = u8::from_str_radix(self.flags(), 16).unwrap_or(0);
        let flags = format!("{:02x}", flags & !1 | u8::from(sampled));
        self.0.replace_range(FLAGS, &flags);
        self
    }

    pub fn show(&self) -> String {
        self.0.clone()
    }
}

/// The span of a saga within a trace.
fn span_of(trace: &str, saga: &SagaId) -> String {
    let names = [trace.as_bytes(), b"/", saga.as_str().as_bytes()];
    hex16(stable_hash_of(&names).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_child_keeps_the_trace_and_changes_the_span() {
        let parent = Traceparent::parse(GOOD).expect("reads");
        assert_eq!(parent.show(), GOOD);
        let child = parent.child(1);
        assert_eq!(child.trace(), parent.trace());
        assert_eq!(child.span(), "0000000000000001");
        assert_eq!(Traceparent::parse(&child.show()), Some(child));
    }

    #[test]
    fn a_saga_is_the_same_span_whoever_asks() {
        let (one, two): (SagaId, SagaId) = ("one".parse().expect("id"), "two".parse().expect("id"));
        let caller = Traceparent::parse(GOOD).expect("reads");
        assert_eq!(caller.of_saga(&one), caller.child(9).of_saga(&one));
        assert_ne!(caller.of_saga(&one), caller.of_saga(&two));
        let root = Traceparent::root(caller.trace(), &one);
        assert_eq!(root, root.of_saga(&one), "nothing above it");
        assert_eq!(Traceparent::parse(&root.show()), Some(root));
    }

    #[test]
    fn a_later_version_may_say_more_and_is_continued_as_ours() {
        let text = format!("cc{}-more", &GOOD[2..]);
        assert_eq!(Traceparent::parse(&text), Traceparent::parse(GOOD));
    }

    #[test]
    fn only_the_last_bit_says_sampled() {
        let with = |flags: &str| {
            let text = GOOD.replace("-01", &format!("-{flags}"));
            Traceparent::parse(&text).map(|trace| trace.is_sampled())
        };
        assert_eq!(with("01"), Some(true));
        assert_eq!(with("03"), Some(true));
        assert_eq!(with("00"), Some(false));
        assert_eq!(with("02"), Some(false));
    }

    #[test]
    fn sampling_changes_no_other_flag() {
        let with = |flags: &str, sampled| {
            let text = GOOD.replace("-01", &format!("-{flags}"));
            let trace = Traceparent::parse(&text).expect("reads");
            trace.sampled(sampled).flags().to_owned()
        };
        assert_eq!(with("00", true), "01");
        assert_eq!(with("03", false), "02");
        assert_eq!(with("03", true), "03");
    }

    #[test]
    fn what_the_specification_forbids_is_no_context() {
        for bad in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736.00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473é-0f067aa0ba902b7-01",
        ] {
            assert_eq!(Traceparent::parse(bad), None, "{bad}");
        }
    }
}
