//! What is known of an epoch, folded by the judges themselves (S6): never asked of the core.
//!
//! ```text
//!   untried < refused < maybe < happened        and never: a final refusal that proves it
//! ```

use crate::step::Failed;
use baton_engine::saga::event::Failure;

/// From nothing to certainty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    #[default]
    Untried,
    Refused,
    Maybe,
    Happened,
    Never,
}

impl Known {
    /// After an attempt that failed.
    #[must_use]
    pub fn after(self, failed: &Failed) -> Self {
        if failed.verdict == Failure::Rejected && failed.proven {
            return Self::Never;
        }
        let told = if failed.is_proof() {
            Self::Refused
        } else {
            Self::Maybe
        };
        match self {
            Self::Never => told,
            known => known.max(told),
        }
    }

    /// Whether a step with a compensation needs it (S7).
    pub fn needs_undo(self) -> bool {
        matches!(self, Self::Refused | Self::Maybe | Self::Happened)
    }

    /// The word of `$forward.outcome` (S8).
    pub fn word(self) -> &'static str {
        match self {
            Self::Happened => "succeeded",
            Self::Maybe => "unknown",
            Self::Untried | Self::Refused | Self::Never => "rejected",
        }
    }
}

impl Failed {
    /// A refusal of a job that had come once only: this attempt did nothing.
    pub fn is_proof(&self) -> bool {
        self.verdict == Failure::Rejected && !self.redelivered
    }
}
