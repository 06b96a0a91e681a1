//! Chaos on real processes: scenarios, what they run on, and the judge.
//!
//! ```text
//!   scenario/   one file each: a plan, and what is done          ─┐
//!   site/       real processes, and everything done to them        ├─► run ─► evidence ─► invariant/
//!   client      submits, and remembers what it was told           ─┘                        │
//!                                                                                  report ◄─┘
//! ```
//!
//! Beside the scenarios there are programmes of their own: `volume` runs very many sagas, `first`
//! measures how long nothing moves after a kill.
//!
//! The judge learns nothing from Baton's code: it reads the ledger of a service that shares none of
//! it, the log of the client, and what the API says.

pub mod client;
pub mod evidence;
pub mod first;
pub mod folder;
pub mod invariant;
pub mod orphan;
pub mod plan;
pub mod power;
pub mod proxy;
pub mod report;
pub mod run;
pub mod rush;
pub mod scenario;
pub mod site;
pub mod stream;
pub mod volume;
pub mod workload;
