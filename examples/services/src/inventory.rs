//! Inventory: reserves goods, releases them.

use crate::Shop;
use crate::answer::Answer;
use crate::ledger::Call;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;

pub(crate) fn routes() -> Router<Shop> {
    Router::new()
        .route("/reserve", post(reserve))
        .route("/release", post(release))
}

/// `{ orderId, items, customerId? }` → `{ reservationId }`
async fn reserve(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Result<Answer, Answer> {
    let call = Call::from(&headers)?;
    Ok(shop
        .ledger
        .perform(&call, "inventory.reserve", "reservation", &request, || None))
}

/// `{ reservationId? }`, or by the compensated key alone.
async fn release(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Result<Answer, Answer> {
    let call = Call::from(&headers)?;
    let named = request["reservationId"].as_str();
    Ok(shop
        .ledger
        .undo(&call, "inventory.release", named, &request, |_, _| None))
}
