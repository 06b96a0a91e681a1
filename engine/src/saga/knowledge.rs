//! What is known of an epoch, folded over its attempts (semantics S6).

/// From nothing to certainty. A rejection never lowers `Maybe`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Knowledge {
    /// No attempt was made.
    Untried,
    /// Every attempt was refused, as far as anybody knows.
    Refused,
    /// An attempt may have got through.
    Maybe,
    /// The service says that it happened.
    Happened,
    /// A service whose final rejections prove it says that it did not and will not.
    Never,
}

impl Knowledge {
    #[must_use]
    pub(super) fn unknown(self) -> Self {
        self.raised_to(Self::Maybe)
    }

    /// `redelivered`: an earlier copy of the job may have got through. `proven`: a final rejection by
    /// a service declared `rejections: final`.
    #[must_use]
    pub(super) fn rejected(self, redelivered: bool, proven: bool) -> Self {
        match (proven, redelivered) {
            (true, _) => Self::Never,
            (false, true) => self.raised_to(Self::Maybe),
            (false, false) => self.raised_to(Self::Refused),
        }
    }

    /// A failed attempt: it says one of the two.
    #[must_use]
    pub(super) fn failed(self, rejected: bool, redelivered: bool, proven: bool) -> Self {
        if rejected {
            self.rejected(redelivered, proven)
        } else {
            self.unknown()
        }
    }

    fn raised_to(self, to: Self) -> Self {
        if self == Self::Never {
            to
        } else {
            self.max(to)
        }
    }

    /// Whether a step with a compensation needs it (semantics S7), the pivot aside.
    pub(super) fn needs_undo(self) -> bool {
        matches!(self, Self::Refused | Self::Maybe | Self::Happened)
    }

    /// The word of `$forward.outcome`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Happened => "succeeded",
            Self::Maybe => "unknown",
            Self::Refused | Self::Never | Self::Untried => "rejected",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Knowledge::*;

    #[test]
    fn a_rejection_never_lowers_maybe() {
        assert_eq!(Untried.unknown().rejected(false, false), Maybe);
        assert_eq!(Untried.rejected(false, false).unknown(), Maybe);
        assert_eq!(Untried.rejected(false, false), Refused);
        assert_eq!(Happened.rejected(false, false), Happened);
    }

    #[test]
    fn a_redelivered_rejection_proves_nothing() {
        assert_eq!(Untried.rejected(true, false), Maybe);
    }

    #[test]
    fn a_proven_rejection_clears_doubt() {
        assert_eq!(Untried.unknown().rejected(true, true), Never);
        assert!(!Never.needs_undo());
    }
}
