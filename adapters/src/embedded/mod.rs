//! The ports within one process: a queue in memory and a store in a folder. No server to install,
//! the same promises.

mod lanes;
mod queue;

pub use queue::{Inbox, Queue, WAITING_MAX};
