//! The embedded adapters keep the laws of their ports.

use baton_adapters::embedded::Queue;
use baton_tests::contract;

#[tokio::test]
async fn queue() {
    contract::queue::exercise(async || Queue::default()).await;
}
