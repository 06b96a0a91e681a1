//! What the shadow knows of one epoch of a call, or of a composite that undoes itself.

use baton_shared::{StepId, Timestamp};

/// Semantics S6, written down once more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Knows {
    #[default]
    Untried,
    Refused,
    Maybe,
    Happened,
    Never,
}

impl Knows {
    pub(crate) fn unknown(self) -> Self {
        match self {
            Self::Happened => Self::Happened,
            _ => Self::Maybe,
        }
    }

    pub(crate) fn rejected(self, redelivered: bool, proven: bool) -> Self {
        match self {
            _ if proven => Self::Never,
            _ if redelivered => self.unknown(),
            Self::Untried | Self::Never => Self::Refused,
            stronger => stronger,
        }
    }

    /// Semantics S7, the pivot aside.
    pub(crate) fn needs_undo(self) -> bool {
        !matches!(self, Self::Untried | Self::Never)
    }

    /// Semantics S8.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Happened => "succeeded",
            Self::Maybe => "unknown",
            _ => "rejected",
        }
    }
}

/// Where an epoch stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Life {
    #[default]
    Live,
    Done,
    GivenUp,
    /// Done by a person's word.
    Skipped,
    /// A person edited its input.
    Replaced,
    /// Never started.
    Stopped,
}

/// Where its undoing stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Settled {
    #[default]
    Open,
    Out,
    Undone,
    Skipped,
    Dropped,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Epoch {
    /// Of the main line, and not of `onFailure`.
    pub main: bool,
    pub compensate: bool,
    pub pivot: bool,
    /// Its service's final rejections prove that nothing happened.
    pub proves: bool,
    pub retries: u32,
    pub key: String,

    pub attempt: u32,
    /// Attempts of this epoch.
    pub made: u32,
    pub tries: u32,
    pub out: bool,
    pub held: bool,
    pub due: Option<Timestamp>,
    pub knows: Knows,
    /// The core was told that it happened.
    pub told: bool,
    pub life: Life,

    pub undo: Settled,
    pub bare: bool,
    /// What was known when the round began.
    pub knew: Knows,
    /// The last call of its round is done by a person's word.
    pub by_hand: bool,
    /// A success came while a round without the output was out.
    pub again: bool,
    /// A late success, or an edit, asks for another round.
    pub owes: bool,
    /// A pivot passed.
    pub closed: bool,
    /// A composite's record stands for it.
    pub replaced: bool,
}

impl Epoch {
    /// Something that a rollback would undo in its turn.
    pub(crate) fn is_owed(&self) -> bool {
        self.is_due() && self.undo == Settled::Open
    }

    /// It needs to be undone, or needed it.
    pub(crate) fn is_due(&self) -> bool {
        let over = !matches!(self.life, Life::Live | Life::Stopped);
        let counts = self.main && self.compensate && !self.closed && !self.replaced;
        over && counts && self.knows.needs_undo()
    }

    /// Nothing is left to do about it.
    pub(crate) fn is_settled(&self) -> bool {
        let over = matches!(
            self.undo,
            Settled::Undone | Settled::Skipped | Settled::Dropped
        );
        !self.owes && (over || !self.is_due())
    }

    /// A success is news of an epoch that nobody waits for.
    pub(crate) fn can_be_late(&self) -> bool {
        let waits = match self.life {
            Life::GivenUp | Life::Replaced => true,
            Life::Skipped => self.compensate,
            Life::Live | Life::Done | Life::Stopped => false,
        };
        self.made > 0 && waits && self.knows != Knows::Happened
    }

    /// The table of semantics section 7. `stands`: a composite's record still stands for it.
    pub(crate) fn late(&mut self, before: Knows, stands: bool) {
        if !self.compensate || self.closed || self.undo == Settled::Dropped {
            return;
        }
        match self.undo {
            _ if self.replaced => self.owes = !stands,
            Settled::Open => self.owes |= !before.needs_undo(),
            Settled::Out => self.again = self.bare,
            Settled::Undone | Settled::Skipped => self.owes = true,
            Settled::Dropped => {}
        }
    }

    /// It was in a branch that lost a race which is left.
    pub(crate) fn loses(&mut self) {
        if self.compensate && matches!(self.life, Life::Done | Life::Skipped) {
            self.life = Life::GivenUp;
        }
    }

    /// A round begins.
    pub(crate) fn begins(&mut self, node: &StepId, bare: bool) -> Result<(), String> {
        let late = self.owes;
        if self.closed && !late {
            return Err(format!(
                "S33: {node} begins after a pivot closed its record"
            ));
        }
        if self.replaced && !late {
            return Err(format!("S43: {node} begins beside its composite's own"));
        }
        if !self.compensate || !(late || self.knows.needs_undo()) {
            return Err(format!("V8: {node} undoes what was never done"));
        }
        if bare && self.told {
            return Err(format!("S8: {node} does not get the output that is known"));
        }
        (self.undo, self.bare, self.owes) = (Settled::Out, bare, false);
        (self.knew, self.by_hand) = (self.knows, false);
        Ok(())
    }
}

/// One round of undoing something.
#[derive(Clone, Debug, Default)]
pub(crate) struct Undo {
    pub record: u64,
    pub round: u32,
    pub bare: bool,
    /// An attempt of this round may have got through.
    pub maybe: bool,
    pub live: bool,
    pub out: bool,
    pub attempt: u32,
    pub tries: u32,
    pub retries: u32,
    pub due: Option<Timestamp>,
}
