//! Bad input, in bulk: everything of Baton's that reads what others wrote, as one function of bytes
//! each, which panics when a promise is broken.
//!
//! ```text
//!   corpus/<target>/*  ─┐                    ┌─ tests/corpus.rs: all of it, and mutations by seed
//!   Target::seeds      ─┴─► Target::run(&[u8])
//!                                            └─ guided/: the same under libFuzzer, by coverage
//! ```
//!
//! A target asserts more than that nothing panics: what is read can be written and read again, a fault
//! has a place, nothing is believed that was not written. What guided runs find is put into the corpus.

pub mod corpus;
pub mod luck;
pub mod mutate;
mod target;

pub use target::{TARGETS, Target, find};
