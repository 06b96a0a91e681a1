//! The adapters: each port on the embedded store and queue, and the only home of their libraries.

pub mod clock;
pub mod embedded;
