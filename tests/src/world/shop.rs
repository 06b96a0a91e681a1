//! The example services, in the test's own process, and their ledger.

use super::Api;
use baton_shared::catalogue::Catalogue;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Services that honour keys, and remember every effect. They outlive whatever is killed.
pub struct Shop {
    api: Api,
    folder: tempfile::TempDir,
    served: JoinHandle<()>,
}

impl Shop {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let served = tokio::spawn(async move {
            let served = baton_example_services::serve(listener, std::future::pending()).await;
            served.expect("the services serve");
        });
        let folder = tempfile::tempdir().expect("a folder");
        let written = include_str!("../../../examples/services.yaml");
        let catalogue = written.replace("127.0.0.1:7071", &at.to_string());
        std::fs::write(folder.path().join("services.yaml"), &catalogue).expect("writable");
        let _: Catalogue = serde_saphyr::from_str(&catalogue).expect("the example catalogue reads");
        Self {
            api: Api::new(format!("http://{at}")),
            folder,
            served,
        }
    }

    /// Where the services are.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// The catalogue file that names these services.
    pub fn catalogue(&self) -> PathBuf {
        self.folder.path().join("services.yaml")
    }

    pub async fn heal(&self) {
        let healed = self.api.post("/admin/heal", &Value::Null).await;
        assert!(matches!(healed, Some((200..=299, _))), "{healed:?}");
    }

    /// Every effect that happened.
    pub async fn ledger(&self) -> Vec<Value> {
        let (status, ledger) = self.api.get("/ledger").await.expect("the services answer");
        assert_eq!(status, 200);
        ledger.as_array().cloned().unwrap_or_else(|| {
            ledger["effects"]
                .as_array()
                .cloned()
                .expect("a list of effects")
        })
    }
}

/// Each step of so many sagas had its effect, once, and it stands.
pub async fn exactly_once(shop: &Shop, sagas: usize, steps: usize) {
    let mut effects: BTreeMap<(String, String), u64> = BTreeMap::new();
    for effect in shop.ledger().await {
        let text = |name: &str| effect[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(effect["undone"], false, "{effect}");
        *effects.entry((text("saga"), text("step"))).or_default() +=
            effect["times"].as_u64().unwrap_or_default();
    }
    assert_eq!(
        effects.len(),
        sagas * steps,
        "an effect is missing, or one too many"
    );
    let twice: Vec<_> = effects.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "not exactly once: {twice:?}");
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.served.abort();
    }
}
