//! What the long programmes of the proof found, kept so that it adds up, and the report made of it.
//!
//! ```text
//!   simulate, explore, chaos, … ──► target/reliability/<kind>.jsonl       one line a run
//!                                          │ reliability-report
//!                                          ▼
//!                     docs/reliability.jsonl ──► docs/reliability.md       sums per commit
//! ```
//!
//! A run says which commit it ran; what ran with uncommitted changes is never added to the sums.

mod earlier;
mod entry;
mod machine;
mod page;
mod planted;
mod rate;
mod seeds;
mod set;
mod streak;
pub mod stretch;
mod sums;
mod table;
mod tree;

pub use entry::{Entry, KeepError, Kind, ran_here};
pub use machine::machine;
pub use page::page;
pub use planted::planted;
pub use streak::EVERY_CHANGE;
pub use sums::{Sum, Sums, SumsError, runs};
pub use table::grouped;
pub use tree::{begin, commit, root};
