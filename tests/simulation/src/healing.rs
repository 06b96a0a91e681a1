//! From when on nothing goes wrong any more, and how late what is due may then still be acted on.

use crate::fault::Net;
use baton_shared::Timestamp;
use std::time::Duration;

/// A process that died comes back within it.
const RESTART: Duration = Duration::from_secs(15);
/// An operation that began while the store was slow is over within it.
const SLOW: Duration = Duration::from_secs(12);
/// How long a claimed due time belongs to who claimed it (`Settings::claim`).
const CLAIM: Duration = Duration::from_secs(10);
/// What loading, deciding, writing, publishing and settling (`Settings::settle_after`) take in a world that
/// is well, and an append that is repeated because its answer was lost before.
const WORK: Duration = Duration::from_secs(2);

/// Dues that are claimed wait for so long, at most, while their saga is written, before anybody looks at them.
pub(crate) const WAITED_MS: u64 = 1_000 * (SLOW.as_secs() + CLAIM.as_secs());

/// What the bound on lateness follows from.
#[derive(Clone, Debug, Default)]
pub struct Healing {
    /// When it was well again.
    pub at: Option<Timestamp>,
    /// The longest pause between two looks at the due times (`Settings::poll`).
    pub poll_ms: u64,
    /// By how much clocks were set in all, either way: who claimed by one that was ahead claimed for so much
    /// longer, and who slept by one that was behind may sleep for as much longer.
    pub astray_ms: u64,
    /// The net that is taken away.
    pub without: Option<Net>,
}

impl Healing {
    /// By when what is due at `due` must have been acted on: nobody promises anything before it is well.
    pub fn latest(&self, due: Timestamp) -> Option<Timestamp> {
        let since = self.at?.max(due);
        let looks = Duration::from_millis(self.poll_ms + self.astray_ms);
        Some(since.after(RESTART + SLOW + CLAIM + WORK + looks))
    }
}
