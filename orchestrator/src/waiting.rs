//! The API while the store is away: alive, not ready, and saying why.
//!
//! ```text
//!   start ─► waiting ── the store is there ──► the whole API, on the same socket
//! ```

use crate::door::{Door, DoorError, Protection};
use crate::http::problem::Problem;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use baton_shared::port::{Clock, StoreError};
use futures_util::FutureExt;
use std::future::Future;
use std::io;
use std::net::TcpListener;
use std::time::Duration;
use tokio::sync::watch;

/// Why nothing is answered.
#[derive(Debug, thiserror::Error)]
pub enum WaitingError {
    #[error(transparent)]
    Door(#[from] DoorError),
    #[error("the API cannot listen: {0}")]
    Listen(#[from] io::Error),
}

/// How long the last answers may take once it is over; who is slower is cut off.
const GRACE: Duration = Duration::from_secs(1);

/// Answers on `listener` until `over` resolves: `/healthz` with 200, everything else with 503 and
/// the latest `reason`, which needs no token as `/readyz` needs none. The caller keeps the socket,
/// which must not block, for what follows.
pub async fn wait(
    listener: &TcpListener,
    protection: &Protection,
    clock: &impl Clock,
    reason: watch::Receiver<String>,
    over: impl Future<Output = ()> + Send + 'static,
) -> Result<(), WaitingError> {
    let listener = tokio::net::TcpListener::from_std(listener.try_clone()?)?;
    let door = Door::open(listener, protection)?;
    let router = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .fallback(away)
        .with_state(reason);
    // Told to end, a connection that is kept alive closes: none goes on with these answers.
    let over = over.shared();
    let served = door.serve(router, over.clone());
    let late = async {
        over.await;
        clock.sleep_until(clock.now().after(GRACE)).await;
    };
    tokio::select! {
        () = served => {}
        () = late => {}
    }
    Ok(())
}

async fn away(State(reason): State<watch::Receiver<String>>) -> Problem {
    let reason = reason.borrow().clone();
    StoreError::Unavailable(reason).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;
    use baton_shared::Timestamp;

    /// No time passes.
    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp(0)
        }
        async fn sleep_until(&self, _at: Timestamp) {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn nobody_listens_beyond_this_machine_by_accident_also_while_waiting() {
        let listener = TcpListener::bind("0.0.0.0:0").expect("a port");
        listener.set_nonblocking(true).expect("as main does");
        let (_, reason) = watch::channel(String::new());
        let none = Protection::default();
        let refused = wait(&listener, &none, &Still, reason, async {}).await;
        assert!(
            matches!(refused, Err(WaitingError::Door(DoorError::Exposed(_)))),
            "{refused:?}"
        );
    }

    #[tokio::test]
    async fn the_reason_is_told() {
        let (_sender, reason) = watch::channel("nobody is at redis:6379".to_owned());
        let problem = away(State(reason)).await;
        assert!(problem.detail.contains("redis:6379"), "{}", problem.detail);
        let response = problem.into_response();
        assert_eq!(response.status().as_u16(), 503);
        assert!(response.headers().contains_key("retry-after"));
    }
}
