//! A server that plays the API, and the program run against it.

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::collections::HashMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::task::JoinHandle;

/// What the program did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) exit: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

#[derive(Default)]
struct Script {
    /// By `METHOD /path?query`, or without the query.
    answers: HashMap<String, (u16, Value)>,
    heard: Vec<String>,
    tokens: Vec<String>,
}

/// The server. Answers what it was told to, and remembers what it heard.
pub(crate) struct Api {
    port: u16,
    script: Arc<Mutex<Script>>,
    serving: JoinHandle<()>,
}

impl Api {
    pub(crate) async fn start() -> Self {
        Self::start_at(0).await
    }

    pub(crate) async fn start_at(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let script = Arc::new(Mutex::new(Script::default()));
        let app = Router::new().fallback(play).with_state(Arc::clone(&script));
        let serving = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("serves");
        });
        Self {
            port,
            script,
            serving,
        }
    }

    /// Stops listening; the port, to start again there.
    pub(crate) async fn stop(self) -> u16 {
        self.serving.abort();
        let _ = self.serving.await;
        self.port
    }

    pub(crate) fn answer(&self, request: &str, status: u16, body: Value) {
        let mut script = self.script.lock().expect("whole");
        script.answers.insert(request.to_owned(), (status, body));
    }

    /// `METHOD /path?query body`, in order.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.script.lock().expect("whole").heard.clone()
    }

    pub(crate) fn tokens(&self) -> Vec<String> {
        self.script.lock().expect("whole").tokens.clone()
    }

    /// Waits until what was heard is enough.
    pub(crate) async fn until(&self, enough: impl Fn(&[String]) -> bool) {
        let seen = async {
            while !enough(&self.heard()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let seen = tokio::time::timeout(Duration::from_secs(10), seen).await;
        seen.unwrap_or_else(|_| panic!("only heard {:?}", self.heard()));
    }

    pub(crate) async fn baton(&self, words: &[&str]) -> Ran {
        baton(Some(&self.url()), words).await
    }

    pub(crate) fn spawn(&self, words: &[&str]) -> JoinHandle<Ran> {
        let mut command = command(Some(&self.url()), words);
        tokio::spawn(async move { ran(command.output().await) })
    }

    pub(crate) async fn baton_into_closed_pipe(&self, words: &[&str]) -> Ran {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = command(Some(&self.url()), words);
        command.stdout(writer).stderr(Stdio::piped());
        let child = command.spawn().expect("starts");
        ran(child.wait_with_output().await)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

async fn play(State(script): State<Arc<Mutex<Script>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.expect("a body");
    let body = String::from_utf8_lossy(&body).into_owned();
    let whole = format!("{} {}", head.method, head.uri);
    let path = format!("{} {}", head.method, head.uri.path());
    let mut script = script.lock().expect("whole");
    script.heard.push(format!("{whole} {body}"));
    if let Some(token) = head.headers.get(header::AUTHORIZATION) {
        script.tokens.push(token.to_str().expect("text").to_owned());
    }
    let answer = script.answers.get(&whole).or(script.answers.get(&path));
    let (status, body) = answer.cloned().unwrap_or((418, Value::Null));
    let status = StatusCode::from_u16(status).expect("a status");
    if status == StatusCode::NO_CONTENT {
        return status.into_response();
    }
    (status, body.to_string()).into_response()
}

/// A port on which nobody listens.
pub(crate) async fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("bound").port()
}

/// Runs the program.
pub(crate) async fn baton(api: Option<&str>, words: &[&str]) -> Ran {
    ran(command(api, words).output().await)
}

fn command(api: Option<&str>, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command
        .args(words)
        .env_clear()
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Some(api) = api {
        command.env("BATON_API", api);
    }
    command
}

fn ran(output: std::io::Result<std::process::Output>) -> Ran {
    let output = output.expect("it ran");
    Ran {
        exit: output.status.code().expect("it ended by itself"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}
