//! Payments: authorizes, voids, captures, refunds. Its rejections are final: kept under the key.

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
        .route("/authorize", post(authorize))
        .route("/void", post(void))
        .route("/capture", post(capture))
        .route("/refund", post(refund))
}

/// `{ orderId, customerId, amount, card? }` → `{ authorizationId }`
async fn authorize(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Result<Answer, Answer> {
    let call = Call::from(&headers)?;
    let declined = request["card"] == "declined";
    Ok(shop.ledger.perform(
        &call,
        "payments.authorize",
        "authorization",
        &request,
        || declined.then(|| Answer::problem(402, "card-declined", "The card was declined")),
    ))
}

/// `{ authorizationId? , authorizationKey? }`, or by the compensated key alone.
async fn void(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Result<Answer, Answer> {
    let call = Call::from(&headers)?;
    let named = request["authorizationId"]
        .as_str()
        .or(request["authorizationKey"].as_str());
    Ok(shop
        .ledger
        .undo(&call, "payments.void", named, &request, |effect, healed| {
            let stubborn = effect.request["customerId"] == "stubborn" && !healed;
            stubborn.then(|| Answer::problem(500, "ledger-jammed", "The payment ledger is jammed"))
        }))
}

/// `{ authorizationId }` → `{ captureId }`
async fn capture(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Result<Answer, Answer> {
    let call = Call::from(&headers)?;
    let authorized = request["authorizationId"]
        .as_str()
        .is_some_and(|id| shop.ledger.standing(id).is_some());
    Ok(shop
        .ledger
        .perform(&call, "payments.capture", "capture", &request, || {
            (!authorized).then(|| Answer::problem(422, "not-authorized", "No such authorization"))
        }))
}

/// `{ captureId? }`, or by the compensated key alone.
async fn refund(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Result<Answer, Answer> {
    let call = Call::from(&headers)?;
    let named = request["captureId"].as_str();
    Ok(shop
        .ledger
        .undo(&call, "payments.refund", named, &request, |_, _| None))
}
