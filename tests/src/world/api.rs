//! Baton's API as a test uses it.

use super::until;
use http::request::Builder;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::time::Duration;

/// A client of one orchestrator.
#[derive(Clone)]
pub struct Api {
    client: Client<HttpConnector, Full<Bytes>>,
    base: String,
}

impl Api {
    /// `base` is `http://127.0.0.1:PORT`.
    pub fn new(base: impl Into<String>) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            base: base.into(),
        }
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    /// Status and body; `None` when nobody answers.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        body: String,
    ) -> Option<(u16, Value)> {
        let (status, _, body) = self.whole(method, path, kind, body).await?;
        Some((status, body))
    }

    /// Status, headers and body; `None` when nobody answers.
    pub async fn whole(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        body: String,
    ) -> Option<(u16, http::HeaderMap, Value)> {
        let request = self.request(method, path, kind);
        self.answer(request, body).await
    }

    /// A POST of JSON with more headers. Status and body; `None` when nobody answers.
    pub async fn post_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Option<(u16, Value)> {
        let mut request = self.request("POST", path, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (status, _, body) = self.answer(request, body.to_string()).await?;
        Some((status, body))
    }

    fn request(&self, method: &str, path: &str, kind: &str) -> Builder {
        http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("content-type", kind)
    }

    async fn answer(
        &self,
        request: Builder,
        body: String,
    ) -> Option<(u16, http::HeaderMap, Value)> {
        let request = request
            .body(Full::new(Bytes::from(body)))
            .expect("a request");
        let asked = self.client.request(request);
        let answer = tokio::time::timeout(Duration::from_secs(20), asked)
            .await
            .ok()?
            .ok()?;
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.ok()?.to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Some((head.status.as_u16(), head.headers, body))
    }

    pub async fn get(&self, path: &str) -> Option<(u16, Value)> {
        self.call("GET", path, "application/json", String::new())
            .await
    }

    /// The body of an answer, whatever its status and kind.
    pub async fn text(&self, path: &str) -> Option<String> {
        let uri = format!("{}{path}", self.base).parse().ok()?;
        let asked = tokio::time::timeout(Duration::from_secs(20), self.client.get(uri)).await;
        let bytes = asked
            .ok()?
            .ok()?
            .into_body()
            .collect()
            .await
            .ok()?
            .to_bytes();
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub async fn post(&self, path: &str, body: &Value) -> Option<(u16, Value)> {
        self.call("POST", path, "application/json", body.to_string())
            .await
    }

    /// Waits until it says that it is ready.
    pub async fn ready(&self) {
        let ready = async || matches!(self.get("/readyz").await, Some((200, _))).then_some(());
        until(
            &format!("{} is ready", self.base),
            Duration::from_secs(60),
            ready,
        )
        .await;
    }

    pub async fn deploy(&self, source: &str) {
        let answer = self
            .call(
                "POST",
                "/v1/workflows",
                "application/yaml",
                source.to_owned(),
            )
            .await;
        let (status, body) = answer.expect("an answer");
        assert!(status == 201 || status == 200, "{status} {body}");
    }

    /// Submits until it is accepted: the id makes a repetition harmless.
    pub async fn submit(&self, workflow: &str, id: &str, input: &Value) {
        let body = serde_json::json!({ "workflow": workflow, "id": id, "input": input });
        let accepted = async || match self.post("/v1/sagas", &body).await {
            Some((200 | 201, _)) => Some(()),
            Some((429 | 503, _)) | None => None,
            Some((status, body)) => panic!("{id} was refused: {status} {body}"),
        };
        until(
            &format!("{id} is accepted"),
            Duration::from_secs(60),
            accepted,
        )
        .await;
    }

    pub async fn saga(&self, id: &str) -> Option<Value> {
        match self.get(&format!("/v1/sagas/{id}")).await {
            Some((200, saga)) => Some(saga),
            _ => None,
        }
    }

    /// Waits until the saga has this status.
    pub async fn becomes(&self, id: &str, status: &str) -> Value {
        let what = format!("{id} becomes {status}");
        let found = async || self.saga(id).await.filter(|saga| saga["status"] == status);
        until(&what, Duration::from_secs(60), found).await
    }

    /// Ids of all sagas with their status.
    pub async fn sagas(&self) -> Option<Vec<(String, String)>> {
        let mut all = Vec::new();
        let whole = self.each_saga(|id, status| all.push((id.to_owned(), status.to_owned())));
        whole.await.then_some(all)
    }

    /// Tells id and status of every saga, page by page; false when a page could not be had.
    pub async fn each_saga(&self, mut tell: impl FnMut(&str, &str)) -> bool {
        let mut after = String::new();
        loop {
            let Some((200, page)) = self.get(&format!("/v1/sagas?limit=200{after}")).await else {
                return false;
            };
            for row in page["sagas"].as_array().into_iter().flatten() {
                let text = |name: &str| row[name].as_str().unwrap_or_default();
                tell(text("id"), text("status"));
            }
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return true,
            }
        }
    }

    /// How many sagas have not ended.
    pub async fn open(&self) -> Option<usize> {
        let open = |status: &str| {
            !matches!(
                status,
                "completed" | "compensated" | "faulted" | "cancelled"
            )
        };
        Some(
            self.sagas()
                .await?
                .iter()
                .filter(|(_, status)| open(status))
                .count(),
        )
    }
}
