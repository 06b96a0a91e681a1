//! The worker: takes jobs, calls services over HTTP, reports outcomes.
//!
//! ```text
//!   jobs.<service> ──► run ── look up, call, record, publish, acknowledge ──► outcomes.<partition>
//!                       │
//!                     caller ── contract ── exchange ── classify ──► Verdict
//! ```
//!
//! Invariant: an outcome is recorded before it is published, and published before its job is
//! acknowledged. So a job that comes again is answered from the record, and a worker may die
//! anywhere. [`run`] names no runtime: it runs on tokio and on a simulated scheduler. [`caller`] is
//! the only part that opens sockets.

pub mod attempt;
pub mod base64;
pub mod caller;
pub mod classify;
pub mod content;
pub mod contract;
pub mod exchange;
pub mod lanes;
#[cfg(feature = "planted")]
mod planted;
pub mod record;
pub mod retry_after;
pub mod run;
pub mod secrets;
mod span;
pub mod target;

pub use caller::{CatalogueFault, HttpCaller, Services};
pub use lanes::Pools;
pub use run::Worker;
pub use secrets::{MachineSecrets, Secret, Secrets};
