//! The pure part of Baton: the language, guarded expressions, and the core that decides.
//!
//! ```text
//!   YAML ── language ──► Workflow ─┐
//!                                  ├─► saga::decide ──► events (kept), effects (performed)
//!   what reached us ── Input ──────┘
//! ```
//!
//! Invariant: nothing here waits and nothing here looks. No runtime, clock, randomness or I/O; time
//! comes in as a value, and the same arguments give the same answer on every machine.

pub mod explore;
pub mod expression;
pub mod language;
pub mod saga;
pub mod store;
mod weight;
pub mod workflow;
