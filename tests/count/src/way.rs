//! The two ways in which sagas come.

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Way {
    /// One after the other: nothing shares a trip, a sync or a message.
    Alone,
    /// All at once: what can be shared is.
    Together,
}

impl Way {
    pub(crate) const ALL: [Self; 2] = [Self::Alone, Self::Together];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Together => "together",
        }
    }

    /// Sagas of the small and of the large batch. What many sagas do at once repeats less exactly, so
    /// there the batches lie further apart.
    pub(crate) fn batches(self) -> [usize; 2] {
        match self {
            Self::Alone => [20, 120],
            Self::Together => [256, 1_280],
        }
    }
}
