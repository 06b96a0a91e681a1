//! Shipping: books a shipment, cancels it, sends it on its way.

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
        .route("/book", post(book))
        .route("/cancel", post(cancel))
        .route("/dispatch", post(dispatch))
}

/// `{ orderId, address, customerId? }` → `{ shipmentId }`
async fn book(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Result<Answer, Answer> {
    let call = Call::from(&headers)?;
    let nowhere = request["address"] == "Atlantis";
    let answer = shop
        .ledger
        .perform(&call, "shipping.book", "shipment", &request, || {
            nowhere.then(|| Answer::problem(422, "no-route", "Nobody delivers to Atlantis"))
        });
    if request["address"] == "slow-road" {
        // Booked already: only the answer is slow, for every call under this key.
        tokio::time::sleep(shop.options.slow).await;
    }
    Ok(answer)
}

/// `{ shipmentId? }`, or by the compensated key alone.
async fn cancel(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Result<Answer, Answer> {
    let call = Call::from(&headers)?;
    let named = request["shipmentId"].as_str();
    Ok(shop
        .ledger
        .undo(&call, "shipping.cancel", named, &request, |_, _| None))
}

/// `{ shipmentId }` → `{ dispatchId }`
async fn dispatch(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Result<Answer, Answer> {
    let call = Call::from(&headers)?;
    let booked = request["shipmentId"]
        .as_str()
        .and_then(|id| shop.ledger.standing(id));
    let lost = booked
        .as_ref()
        .is_some_and(|effect| effect.request["address"] == "lost-depot");
    if lost && !shop.ledger.is_healed() {
        return Err(Answer::problem(
            503,
            "depot-lost",
            "The depot cannot be found",
        ));
    }
    Ok(shop
        .ledger
        .perform(&call, "shipping.dispatch", "dispatch", &request, || {
            booked
                .is_none()
                .then(|| Answer::problem(422, "not-booked", "No such shipment"))
        }))
}
