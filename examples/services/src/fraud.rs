//! Fraud: scores a customer. Reads only, so it needs neither key nor undo.

use crate::Shop;
use axum::extract::Query;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) fn routes() -> Router<Shop> {
    Router::new().route("/score", get(score))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    customer_id: String,
}

/// `?customerId=…` → `{ score }`, from 0 (harmless) to 100.
async fn score(Query(question): Query<Question>) -> Json<Value> {
    let score = if question.customer_id == "risky" {
        95
    } else {
        10
    };
    Json(json!({ "customerId": question.customer_id, "score": score }))
}
