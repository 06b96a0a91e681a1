//! Notifications: sends a message. It cannot be unsent, so it stands last in a workflow.

use crate::Shop;
use crate::answer::Answer;
use crate::ledger::Call;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;

pub(crate) fn routes() -> Router<Shop> {
    Router::new().route("/send", post(send))
}

/// `{ to, template, … }` → `{ notificationId }`
async fn send(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Result<Answer, Answer> {
    let call = Call::from(&headers)?;
    Ok(shop.ledger.perform(
        &call,
        "notifications.send",
        "notification",
        &request,
        || None,
    ))
}
