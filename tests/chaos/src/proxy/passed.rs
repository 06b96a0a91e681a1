//! What a proxy let through, and what it did to it: counted where it is done, so that a scenario can claim
//! that its fault struck somebody.

use std::ops::AddAssign;
use std::sync::{Mutex, PoisonError};

/// What went through, and what did not, since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Connections that reached the server.
    pub connections: u64,
    /// Connections that the door refused.
    pub refused: u64,
    /// Connections that found no server.
    pub unserved: u64,
    /// Connections that were let in and not answered.
    pub unheard: u64,
    /// Connections ended by a reset, of either side or by us; what follows is of these.
    pub reset: u64,
    /// Connections reset because somebody told us to.
    pub struck: u64,
    /// Connections reset after a number of bytes.
    pub cut: u64,
    /// How often bytes waited for a stall to end.
    pub held: u64,
    /// Bytes to the server that never came there.
    pub lost_up: u64,
    /// Bytes to the client that never came there.
    pub lost_down: u64,
    /// Chunks that were made to come later.
    pub late: u64,
    /// Bytes that came a few at a time.
    pub dripped: u64,
    /// Bytes to the server.
    pub up: u64,
    /// Bytes to the client.
    pub down: u64,
}

/// What a proxy can do to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Refused,
    Unheard,
    Struck,
    Cut,
    Held,
    LostUp,
    LostDown,
    Late,
    Dripped,
}

impl Deed {
    /// What is counted of it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Refused => "connections refused",
            Self::Unheard => "connections let in and not answered",
            Self::Struck => "connections reset",
            Self::Cut => "connections cut",
            Self::Held => "times bytes waited",
            Self::LostUp => "bytes lost on their way to a server",
            Self::LostDown => "bytes lost on their way to a client",
            Self::Late => "chunks delayed",
            Self::Dripped => "bytes dripped",
        }
    }
}

impl Passed {
    /// How much of this was done.
    pub fn of(&self, deed: Deed) -> u64 {
        match deed {
            Deed::Refused => self.refused,
            Deed::Unheard => self.unheard,
            Deed::Struck => self.struck,
            Deed::Cut => self.cut,
            Deed::Held => self.held,
            Deed::LostUp => self.lost_up,
            Deed::LostDown => self.lost_down,
            Deed::Late => self.late,
            Deed::Dripped => self.dripped,
        }
    }
}

impl AddAssign for Passed {
    fn add_assign(&mut self, more: Self) {
        self.connections += more.connections;
        self.refused += more.refused;
        self.unserved += more.unserved;
        self.unheard += more.unheard;
        self.reset += more.reset;
        self.struck += more.struck;
        self.cut += more.cut;
        self.held += more.held;
        self.lost_up += more.lost_up;
        self.lost_down += more.lost_down;
        self.late += more.late;
        self.dripped += more.dripped;
        self.up += more.up;
        self.down += more.down;
    }
}

/// The count that all connections of a proxy keep together.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<Passed>);

impl Counts {
    pub(super) fn add(&self, add: impl FnOnce(&mut Passed)) {
        add(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn passed(&self) -> Passed {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
