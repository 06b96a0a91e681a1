//! The ports within one process: a queue in memory and a store in a folder. No server to install,
//! the same promises.
//!
//! ```text
//!   queue ── lanes                         messages, in memory
//!   store ── writer ─┬ commit ─┬ log ── frame, entry ── disk     what is kept
//!                    └ collect ┘
//!            state ── index, records                             where it lies, what is due
//! ```

mod collect;
mod commit;
mod disk;
mod entry;
mod frame;
mod index;
mod lanes;
mod log;
mod open;
mod queue;
mod ram;
mod results;
mod saga;
mod state;
mod store;
mod writer;

pub use disk::{Disk, DiskFile, Folder};
pub use queue::{Inbox, Queue, WAITING_MAX};
pub use ram::RamDisk;
pub use store::{Settings, Store};
