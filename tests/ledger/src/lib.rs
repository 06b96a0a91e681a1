//! A service that remembers every call it got, and may lie about it: the judge of the chaos runs.
//!
//! ```text
//!   POST /<manner>/do     Idempotency-Key, Baton-Saga, Baton-Step, …   ─► an effect, or not
//!   POST /<manner>/sure   the same, and never refused for good
//!   POST /<manner>/undo   the same and Baton-Compensates               ─► its end, or nothing to undo
//!
//!   request ─► book (what happens, under one lock) ─► journal (appended, synced) ─► answer or lie
//! ```
//!
//! The path names how the service behaves (`manner`). What goes wrong beyond that, the `weather`, is
//! drawn from a seed, the key and how often the key was seen, so that a seed gives the same weather
//! whatever the order. It shares no code with Baton: a mistake made twice would judge itself right.

pub mod book;
pub mod chance;
mod http;
pub mod journal;
mod lie;
pub mod manner;
pub mod record;
pub mod server;
pub mod weather;
