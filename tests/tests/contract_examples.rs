//! The example services keep the laws of the contract with services.

use baton_tests::contract::service::{self, Answer, Asks, Keeps, Service};
use baton_tests::world::Shop;
use serde_json::json;

/// One of the services, with a ledger that nobody else writes to.
struct Example {
    shop: Shop,
    step: &'static str,
    undo: &'static str,
}

impl Service for Example {
    async fn call(&self, key: &str, asks: Asks<'_>) -> Answer {
        let (path, body) = match asks {
            Asks::Step(order) => (self.step, json!({ "orderId": order })),
            // No card for payments, no address for shipping.
            Asks::Refused => (
                self.step,
                json!({ "card": "declined", "address": "Atlantis" }),
            ),
            Asks::Undo(_) => (self.undo, json!({})),
        };
        let headers = service::headers(key, asks);
        let answer = self.shop.api().post_with(path, &headers, &body).await;
        answer.expect("the services answer")
    }

    async fn standing(&self, key: &str) -> u64 {
        let effects = self.shop.ledger().await.into_iter();
        effects
            .filter(|effect| effect["key"] == key && effect["undone"] == false)
            .map(|effect| effect["times"].as_u64().expect("a number"))
            .sum()
    }
}

async fn keeps_the_contract(step: &'static str, undo: &'static str, rejections: bool) {
    let keeps = Keeps {
        bodies: true,
        tombstones: true,
        rejections,
    };
    let make = async || Example {
        shop: Shop::open().await,
        step,
        undo,
    };
    service::exercise(keeps, make).await;
}

/// It refuses nobody.
#[tokio::test]
async fn inventory() {
    keeps_the_contract("/inventory/reserve", "/inventory/release", false).await;
}

#[tokio::test]
async fn payments() {
    keeps_the_contract("/payments/authorize", "/payments/void", true).await;
}

#[tokio::test]
async fn shipping() {
    keeps_the_contract("/shipping/book", "/shipping/cancel", true).await;
}
