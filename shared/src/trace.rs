//! W3C trace context (`traceparent`), as far as Baton needs it: read one, continue it.
//!
//! ```text
//!   00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
//!   version   trace id                   span id        flags
//! ```

use crate::SagaId;
use crate::id::stable_hash;

/// A readable trace context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traceparent {
    trace: String,
    span: String,
    flags: String,
}

impl Traceparent {
    /// `None` for anything the specification calls invalid: it is then ignored, not refused.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let version = parts.next()?;
        let (trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?);
        let hex = |text: &str, length: usize| {
            text.len() == length
                && text
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        let zero = |text: &str| text.bytes().all(|b| b == b'0');
        let well_formed = hex(version, 2) && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
        // Version 00 has exactly four parts; later ones may add more; ff is forbidden.
        let known = version != "ff" && (version != "00" || parts.next().is_none());
        (well_formed && known && !zero(trace) && !zero(span)).then(|| Self {
            trace: trace.to_owned(),
            span: span.to_owned(),
            flags: flags.to_owned(),
        })
    }

    /// A new trace, sampled, that begins with this saga: where the submitter sent none.
    /// `trace` is 32 lower-case hex digits, not all of them 0.
    pub fn root(trace: String, saga: &SagaId) -> Self {
        let begun = Self {
            trace,
            span: String::new(),
            flags: "01".to_owned(),
        };
        begun.of_saga(saga)
    }

    /// Another span of the same trace; `span` is not 0.
    #[must_use]
    pub fn child(&self, span: u64) -> Self {
        Self {
            trace: self.trace.clone(),
            span: format!("{span:016x}"),
            flags: self.flags.clone(),
        }
    }

    /// The span that a saga is within this trace. It follows from their names, so that every
    /// orchestrator that drives the saga, and each of its jobs, names the same one.
    #[must_use]
    pub fn of_saga(&self, saga: &SagaId) -> Self {
        let names = format!("{}/{saga}", self.trace);
        self.child(stable_hash(names.as_bytes()).max(1))
    }

    /// 32 hex digits.
    pub fn trace(&self) -> &str {
        &self.trace
    }

    /// 16 hex digits.
    pub fn span(&self) -> &str {
        &self.span
    }

    /// Whether whoever began the trace wants it recorded.
    pub fn is_sampled(&self) -> bool {
        u8::from_str_radix(&self.flags, 16).is_ok_and(|flags| flags & 1 == 1)
    }

    /// The same, recorded or not.
    #[must_use]
    pub fn sampled(mut self, sampled: bool) -> Self {
        let flags = u8::from_str_radix(&self.flags, 16).unwrap_or(0);
        self.flags = format!("{:02x}", flags & !1 | u8::from(sampled));
        self
    }

    pub fn show(&self) -> String {
        format!("00-{}-{}-{}", self.trace, self.span, self.flags)
    }
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
        let root = Traceparent::root(caller.trace().to_owned(), &one);
        assert_eq!(root, root.of_saga(&one), "nothing above it");
        assert_eq!(Traceparent::parse(&root.show()), Some(root));
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
            trace.sampled(sampled).flags
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
        ] {
            assert_eq!(Traceparent::parse(bad), None, "{bad}");
        }
    }
}
