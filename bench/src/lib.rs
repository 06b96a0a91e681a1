//! How fast Baton is, measured so that it can be believed.
//!
//! ```text
//!   load ── submits, so many under way ──► a system under test ── POST ──► service ──► book
//!     ▲                                    (embedded, brokers, …)                       │
//!     └───────────────────────── the saga's last call was made ─────────────────────────┘
//! ```
//!
//! `site` starts what is measured, each as its users would, on loopback, on free ports, with every
//! promise on. `service` answers calls, and `book` counts them: a figure counts only if every step was
//! called exactly once, with the answer of the step before. `vitals` reads what processes used.
//! `record` keeps each run as a line; `report` makes medians and ratios of lines.

pub mod book;
pub mod disk;
pub mod fault;
pub mod link;
pub mod load;
pub mod record;
pub mod report;
pub mod service;
pub mod shape;
pub mod site;
pub mod sizes;
pub mod vitals;
pub mod workload;
