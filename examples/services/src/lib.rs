//! Small services for demos and tests: a shop's inventory, payments, shipping, notifications, fraud.
//!
//! ```text
//!   http://127.0.0.1:7071/inventory      /reserve /release
//!                        /payments       /authorize /void /capture /refund
//!                        /shipping       /book /cancel /dispatch
//!                        /notifications  /send
//!                        /fraud          /score              (GET, read-only)
//!                        /ledger         every effect        (GET, ?saga=<id>)
//!                        /admin/heal     mends `stubborn`    (POST)
//! ```
//!
//! All of them keep Baton's contract with services through one [`ledger`]: the same
//! `Idempotency-Key` gets the same answer, and a compensation that comes before its step leaves a
//! tombstone. What goes wrong is switched by the request's own data, so that a demo goes the same
//! way every time:
//!
//! | where | data | what happens |
//! |---|---|---|
//! | any POST but a compensation | `customerId` is `flaky` | the first 2 attempts of a key get 503 with `Retry-After: 0` |
//! | payments.authorize | `card` is `declined` | 402 problem, kept under the key |
//! | payments.void | the authorization's customer is `stubborn` | 500 until `POST /admin/heal` |
//! | shipping.book | `address` is `Atlantis` | 422 problem, kept under the key |
//! | shipping.book | `address` is `slow-road` | booked at once, answered after [`Options::slow`] |
//! | shipping.dispatch | the shipment's address is `lost-depot` | 503 until `POST /admin/heal` |
//! | fraud.score | `customerId` is `risky` | score 95; everybody else gets 10 |

mod answer;
mod fraud;
mod inventory;
pub mod ledger;
mod notifications;
mod payments;
mod shipping;

use crate::answer::Answer;
use crate::ledger::Ledger;
use axum::extract::{Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How the services behave where the data does not say.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long an answer to `slow-road` takes. The effect happens at once.
    pub slow: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            slow: Duration::from_secs(3),
        }
    }
}

/// What every handler shares.
#[derive(Clone, Debug)]
struct Shop {
    ledger: Arc<Ledger>,
    options: Options,
}

/// Serves everything on `listener` until `shutdown` resolves.
pub async fn serve(
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_with(listener, Options::default(), shutdown).await
}

/// As [`serve`], with options.
pub async fn serve_with(
    listener: TcpListener,
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router(options))
        .with_graceful_shutdown(shutdown)
        .await
}

/// All services and the ledger, with nothing in it yet.
pub fn router(options: Options) -> Router {
    let shop = Shop {
        ledger: Arc::new(Ledger::default()),
        options,
    };
    Router::new()
        .nest("/inventory", inventory::routes())
        .nest("/payments", payments::routes())
        .nest("/shipping", shipping::routes())
        .nest("/notifications", notifications::routes())
        .nest("/fraud", fraud::routes())
        .route("/ledger", get(show_ledger))
        .route("/admin/heal", post(heal))
        .with_state(shop)
}

#[derive(Deserialize)]
struct Filter {
    saga: Option<String>,
}

async fn show_ledger(State(shop): State<Shop>, Query(filter): Query<Filter>) -> Json<Value> {
    let mut effects = shop.ledger.effects();
    effects.retain(|effect| filter.saga.as_ref().is_none_or(|saga| effect.saga == *saga));
    Json(json!({ "effects": effects }))
}

async fn heal(State(shop): State<Shop>) -> Answer {
    shop.ledger.heal();
    Answer::ok(json!({ "healed": true }))
}
