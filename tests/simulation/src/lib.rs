//! Baton in a world that one seed decides.
//!
//! ```text
//!   seed ─► plan (faults, workflows) ─► world: clock, store, queue, services
//!                                         ▲ ports
//!            real driver ── real desk ── real worker        one future a life; dropped: it died
//!                                         │ every fact
//!                                         ▼
//!                                       laws ─► held, or broken: a trace, and one line to replay it
//! ```
//!
//! * [`world`]: time, and what will happen; [`clock`], [`store`], `records`, [`queue`] over [`lanes`], [`network`]: the ports
//! * [`fault`]: what can go wrong, and what of it one seed draws; `stranger`: what others write to the queue
//! * [`run`]: one seed, from its first submission to its end
//! * [`law`]: what is promised, a file a law; [`books`], [`story`], [`step`], [`known`], [`hands`], [`counted`],
//!   [`healing`] and [`canary`]: what the laws know
//! * [`library`], [`generate`]: the workflows
//! * [`campaign`]: many seeds, counted; [`programme`]: campaigns that go on where they were stopped;
//!   [`planted`]: bugs on purpose; [`ablation`]: nets taken away; [`regressions`]: seeds that once found something
//!
//! Invariant: everything that happens follows from the seed. There is no runtime, no thread, no clock
//! and no randomness but [`dice`], so that the same seed gives the same trace, event by event.

pub mod ablation;
pub mod books;
pub mod campaign;
pub mod canary;
pub mod clock;
pub mod counted;
pub mod cover;
pub mod dice;
pub mod fault;
pub mod generate;
pub mod hands;
pub mod healing;
pub mod known;
pub mod lanes;
pub mod law;
pub mod library;
mod life;
mod moment;
pub mod network;
pub mod out;
mod panics;
mod people;
pub mod planted;
pub mod programme;
pub mod queue;
mod records;
pub mod regressions;
pub mod run;
pub mod says;
pub mod service;
pub mod step;
pub mod store;
pub mod story;
mod stranger;
pub mod trace;
pub mod world;
