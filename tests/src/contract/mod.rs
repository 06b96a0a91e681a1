//! What each port promises, as checks that any adapter must pass; and what Baton asks of a service.
//!
//! ```text
//!   contract::store   ─┐
//!   contract::records ─┤
//!   contract::queue   ─┼─ exercise(make) ─► each law on a fresh adapter, named when it breaks
//!   contract::service ─┘
//! ```
//!
//! A law asserts what the port says and nothing that only one adapter does: no order where none is
//! promised, no moment earlier than "soon". The suite runs inside a tokio runtime; times reach the
//! store as explicit [`Timestamp`](baton_shared::Timestamp)s, so that no law waits for a clock.

mod publish;
pub mod queue;
pub mod records;
pub mod service;
pub mod store;
mod together;

/// Runs one law on a fresh adapter, and says which one it is: the last name printed is the law that
/// broke.
async fn law<A>(name: &str, make: &impl AsyncFn() -> A, check: impl AsyncFn(&A)) {
    eprintln!("law: {name}");
    let adapter = make().await;
    check(&adapter).await;
}
