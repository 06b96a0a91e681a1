//! Which traces are recorded, decided where they begin.

use crate::Traceparent;

/// A share of all traces, decided by the trace's own id: whoever asks gets the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampler {
    /// What the caller decided stands; the share is for traces that begin here.
    pub by_parent: bool,
    /// Of 2^63.
    share: u64,
}

const WHOLE: u64 = 1 << 63;

impl Default for Sampler {
    /// As the caller decided; what begins here is recorded.
    fn default() -> Self {
        Self {
            by_parent: true,
            share: WHOLE,
        }
    }
}

impl Sampler {
    /// `ratio` is of all traces, from 0 to 1.
    pub fn new(by_parent: bool, ratio: f64) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share is no exact number"
        )]
        let share = (ratio.clamp(0.0, 1.0) * WHOLE as f64) as u64;
        Self { by_parent, share }
    }

    /// Nothing is recorded, whatever callers decide.
    pub fn is_off(&self) -> bool {
        !self.by_parent && self.share == 0
    }

    /// Marks a trace as recorded or not. `begun` here: nobody decided before us.
    #[must_use]
    pub fn mark(&self, trace: Traceparent, begun: bool) -> Traceparent {
        if self.by_parent && !begun {
            return trace;
        }
        let low = trace.trace().get(16..).unwrap_or_default();
        let low = u64::from_str_radix(low, 16).unwrap_or(0) >> 1;
        let sampled = low < self.share;
        trace.sampled(sampled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(low: u64, flags: &str) -> Traceparent {
        let text = format!("00-0000000000000001{low:016x}-00f067aa0ba902b7-{flags}");
        Traceparent::parse(&text).expect("reads")
    }

    fn sampled(sampler: Sampler, low: u64, flags: &str, begun: bool) -> bool {
        sampler.mark(trace(low, flags), begun).is_sampled()
    }

    #[test]
    fn the_caller_decides_where_it_is_asked() {
        for ratio in [0.0, 0.5, 1.0] {
            let sampler = Sampler::new(true, ratio);
            assert!(sampled(sampler, u64::MAX, "01", false));
            assert!(!sampled(sampler, 0, "00", false));
        }
        assert!(sampled(Sampler::new(false, 1.0), u64::MAX, "00", false));
        assert!(!sampled(Sampler::new(false, 0.0), 0, "01", false));
    }

    #[test]
    fn a_share_is_decided_by_the_id() {
        let quarter = Sampler::new(true, 0.25);
        assert!(sampled(quarter, u64::MAX / 8, "01", true));
        assert!(!sampled(quarter, u64::MAX / 3, "01", true));
        assert!(sampled(Sampler::default(), u64::MAX, "01", true));
        assert!(!sampled(Sampler::new(true, 0.0), 0, "01", true));
    }
}
