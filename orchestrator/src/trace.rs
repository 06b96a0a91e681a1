//! W3C trace context (`traceparent`), as far as Baton needs it: read one, continue it.
//!
//! ```text
//!   00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
//!   version   trace id                   span id        flags
//! ```

use crate::ids::Ids;

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

    /// A new trace, sampled: where the submitter sent none.
    pub fn root(ids: &Ids) -> Self {
        Self {
            trace: ids.long(),
            span: format!("{:016x}", ids.number()),
            flags: "01".to_owned(),
        }
    }

    /// A new span in the same trace.
    #[must_use]
    pub fn child(&self, ids: &Ids) -> Self {
        Self {
            trace: self.trace.clone(),
            span: format!("{:016x}", ids.number()),
            flags: self.flags.clone(),
        }
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
        let child = parent.child(&Ids::new(1));
        assert_eq!(child.trace, parent.trace);
        assert_ne!(child.span, parent.span);
        assert_eq!(Traceparent::parse(&child.show()), Some(child));
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
