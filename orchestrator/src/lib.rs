//! The orchestrator: driver, timers, recovery and HTTP API.
//!
//! ```text
//!   HTTP ──► http ──► desk ──► driver ──► store, queue        through the ports, never directly
//! ```
//!
//! # Layout
//!
//! * [`orchestrator`]: puts the parts together and runs them
//! * [`driver`]: load, decide, append, perform, acknowledge
//! * [`definitions`]: deployed workflows
//! * [`http`]: the API
//! * [`door`], [`tls`], [`tokens`], [`exposure`]: who may reach it
//!
//! Invariant: no adapter is named here but in `main.rs`, and no decision is made here: the core decides.

pub mod definitions;
pub mod desk;
pub mod door;
pub mod driver;
pub mod exposure;
pub mod folded;
pub mod folder;
mod fresh;
pub mod http;
pub mod ids;
pub mod letter;
pub mod letters;
mod lru;
pub mod metrics;
pub mod orchestrator;
pub mod orphan;
pub mod outside;
pub mod pem;
mod serving;
pub mod settings;
mod stuck;
pub mod tls;
pub mod tokens;
mod version;
pub mod waiting;

pub use orchestrator::{Orchestrator, ServeError};
pub use outside::Outside;
pub use settings::Settings;
