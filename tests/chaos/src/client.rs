//! The client: submits sagas, cancels some, looks at all, and remembers what it was told.
//!
//! As Jepsen does: `invoke` before a request, then `ok`, `fail` (refused: nothing follows), or `info`
//! (no answer: it may have happened).

use crate::plan::Plan;
use crate::rush::Told;
use crate::workload::Shape;
use baton_ledger::chance::Chance;
use baton_ledger::manner::Manner;
use baton_tests::world::Api;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};

/// What was asked, or answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Submit,
    /// The same id with another input: must be refused.
    Conflict,
    Cancel,
    /// A person retries or skips a dead letter.
    Operate,
    /// A status that was seen in the list.
    Seen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Came {
    Invoke,
    Ok,
    Fail,
    Info,
}

/// One line of the client's log.
#[derive(Clone, Debug, Serialize)]
pub struct Op {
    pub at_ms: u128,
    pub kind: Kind,
    pub came: Came,
    pub saga: String,
    pub workflow: String,
    /// A status of HTTP or of a saga, a step, a reason.
    pub note: String,
}

/// How long one submission is repeated until it is accepted.
const STUBBORN: Duration = Duration::from_secs(90);

/// The client, shared by everything that asks.
#[derive(Debug)]
pub struct Client {
    start: Instant,
    log: Mutex<Vec<Op>>,
    /// The last status of each saga, and when it was told.
    seen: Mutex<BTreeMap<String, (String, Instant)>>,
    next: AtomicUsize,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            log: Mutex::default(),
            seen: Mutex::default(),
            next: AtomicUsize::new(0),
        }
    }
}

impl Client {
    pub fn note(&self, kind: Kind, came: Came, saga: &str, workflow: &str, note: impl ToString) {
        let op = Op {
            at_ms: self.start.elapsed().as_millis(),
            kind,
            came,
            saga: saga.to_owned(),
            workflow: workflow.to_owned(),
            note: note.to_string(),
        };
        self.lock().push(op);
    }

    pub fn log(&self) -> Vec<Op> {
        self.lock().clone()
    }

    /// How many submissions were answered with yes.
    pub fn accepted(&self) -> usize {
        let accepted = |op: &&Op| op.kind == Kind::Submit && op.came == Came::Ok;
        self.lock().iter().filter(accepted).count()
    }

    /// Notes a status, if it is another than was seen before. Two ask at once sometimes: an answer to
    /// a question asked before the last answer came may be the older one, and tells nothing.
    pub fn saw(&self, asked: Instant, saga: &str, status: &str) {
        let mut seen = self.seen.lock().expect("nothing panics with it");
        if seen
            .get(saga)
            .is_some_and(|(_, answered)| asked < *answered)
        {
            return;
        }
        let before = seen.insert(saga.to_owned(), (status.to_owned(), Instant::now()));
        drop(seen);
        if before.is_none_or(|(before, _)| before != status) {
            self.note(Kind::Seen, Came::Ok, saga, "", status);
        }
    }

    /// Answers to submissions that said "not now", or nothing, with their reasons.
    pub fn put_off(&self) -> Vec<String> {
        let put_off = |op: &&Op| op.kind == Kind::Submit && op.came == Came::Info;
        self.lock()
            .iter()
            .filter(put_off)
            .map(|op| op.note.clone())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Op>> {
        self.log.lock().expect("nothing panics with the log")
    }

    /// One of these, each in turn: the one after the last that did not answer.
    fn api<'a>(&self, apis: &'a [Api]) -> &'a Api {
        &apis[self.next.fetch_add(1, Ordering::Relaxed) % apis.len()]
    }

    /// Asks until it is accepted, refused for good, or time is up. True when accepted.
    pub async fn submit(&self, apis: &[Api], ask: &Ask) -> bool {
        let deadline = Instant::now() + STUBBORN;
        let body = json!({ "workflow": ask.workflow, "id": ask.id, "input": ask.input });
        let note = |came, text: String| self.note(Kind::Submit, came, &ask.id, &ask.workflow, text);
        while Instant::now() < deadline {
            note(Came::Invoke, String::new());
            match self.api(apis).post("/v1/sagas", &body).await {
                Some((status @ (200 | 201), answer)) => {
                    let id = answer["id"].as_str().unwrap_or_default().to_owned();
                    note(Came::Ok, format!("{status} {id}"));
                    return true;
                }
                // Refused for now; or by somebody who cannot know whether it was kept.
                Some((status @ (429 | 500..), answer)) => {
                    note(Came::Info, format!("{status} {}", reason(&answer)));
                }
                Some((status, answer)) => {
                    note(Came::Fail, format!("{status} {}", reason(&answer)));
                    return false;
                }
                None => note(Came::Info, "no answer".to_owned()),
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        false
    }

    /// Asks once; what it was told, if it was anything.
    pub async fn offer(&self, apis: &[Api], ask: &Ask) -> Option<Told> {
        let body = ask.pinned();
        let note = |came, text: String| self.note(Kind::Submit, came, &ask.id, &ask.workflow, text);
        note(Came::Invoke, String::new());
        let api = self.api(apis);
        let asked = api.whole("POST", "/v1/sagas", "application/json", body.to_string());
        let Some((status, headers, answer)) = asked.await else {
            note(Came::Info, "no answer".to_owned());
            return None;
        };
        let came = match status {
            200 | 201 => Came::Ok,
            500.. => Came::Info,
            // Also "too many requests": nothing was written, it says.
            _ => Came::Fail,
        };
        let said = if came == Came::Ok {
            answer["id"].as_str().unwrap_or_default().to_owned()
        } else {
            reason(&answer)
        };
        note(came, format!("{status} {said}"));
        let after = headers.get("retry-after");
        let after = after.and_then(|after| after.to_str().ok()?.parse().ok());
        Some(Told {
            status,
            code: answer["code"].as_str().map(str::to_owned),
            retry_after: after,
        })
    }

    /// Somebody asked for it who does not wait for the answer.
    pub fn gave_up(&self, ask: &Ask) {
        self.note(Kind::Submit, Came::Invoke, &ask.id, &ask.workflow, "");
        let said = "no answer was waited for";
        self.note(Kind::Submit, Came::Info, &ask.id, &ask.workflow, said);
    }

    /// The same id with another input.
    async fn conflict(&self, apis: &[Api], ask: &Ask) {
        let input = json!({ "note": "another" });
        let body = json!({ "workflow": ask.workflow, "id": ask.id, "input": input });
        let (came, said) = match self.api(apis).post("/v1/sagas", &body).await {
            Some((status @ (200 | 201), _)) => (Came::Ok, status.to_string()),
            Some((status @ (429 | 500..), _)) => (Came::Info, status.to_string()),
            Some((status, _)) => (Came::Fail, status.to_string()),
            None => (Came::Info, "no answer".to_owned()),
        };
        self.note(Kind::Conflict, came, &ask.id, &ask.workflow, said);
    }

    async fn cancel(&self, apis: &[Api], ask: &Ask) {
        self.note(Kind::Cancel, Came::Invoke, &ask.id, &ask.workflow, "");
        let path = format!("/v1/sagas/{}/cancel", ask.id);
        let body = json!({ "reason": "changed my mind" });
        let (came, said) = match self.api(apis).post(&path, &body).await {
            Some((200, answer)) => (Came::Ok, answer["status"].to_string()),
            Some((status @ (429 | 500..), _)) => (Came::Info, status.to_string()),
            Some((status, answer)) => (Came::Fail, format!("{status} {}", reason(&answer))),
            None => (Came::Info, "no answer".to_owned()),
        };
        self.note(Kind::Cancel, came, &ask.id, &ask.workflow, said);
    }
}

/// Why, in Baton's words.
pub fn reason(answer: &Value) -> String {
    let text = |name: &str| answer[name].as_str().unwrap_or_default();
    format!("{} {}", text("code"), text("detail"))
}

/// One saga to submit.
#[derive(Clone, Debug)]
pub struct Ask {
    pub id: String,
    pub workflow: String,
    pub input: Value,
}

impl Ask {
    /// The saga with this number.
    pub fn numbered(plan: &Plan, seed: u64, prefix: &str, n: usize) -> Self {
        let id = format!("{prefix}-{n}");
        let mut chance = Chance::of(seed, &["ask", &id]);
        let shape: &&str = chance.pick(&plan.shapes);
        let shape = Shape::named(shape).expect("a plan names known shapes");
        let service: &Manner = chance.pick(&plan.services);
        Self {
            workflow: shape.workflow(*service),
            input: json!({ "note": "n".repeat(plan.note) }),
            id,
        }
    }

    /// Its submission with the version: else the newest one is looked for, in a store that may be slow.
    pub fn pinned(&self) -> Value {
        json!({
            "workflow": self.workflow, "version": "1.0.0", "id": self.id, "input": self.input
        })
    }
}

/// Submits as the plan says, until `enough` and the least number is reached; waits for all answers.
pub async fn load(
    client: Arc<Client>,
    apis: Vec<Api>,
    plan: Plan,
    seed: u64,
    enough: watch::Receiver<bool>,
) {
    let (least, most) = plan.sagas;
    let room = Arc::new(Semaphore::new(plan.at_once));
    let mut asked = Vec::new();
    for n in 0..most {
        if *enough.borrow() && n >= least {
            break;
        }
        let place = room
            .clone()
            .acquire_owned()
            .await
            .expect("it is not closed");
        let (client, apis, ask) = (
            client.clone(),
            apis.clone(),
            Ask::numbered(&plan, seed, "s", n),
        );
        let cancels = plan.cancels;
        asked.push(tokio::spawn(async move {
            one(&client, &apis, &ask, seed, cancels).await;
            drop(place);
        }));
        tokio::time::sleep(plan.pace).await;
    }
    futures_util::future::join_all(asked).await;
}

/// Submits one; sometimes again, sometimes with another input, sometimes to cancel it.
async fn one(client: &Client, apis: &[Api], ask: &Ask, seed: u64, cancels: u32) {
    let mut chance = Chance::of(seed, &["extra", &ask.id]);
    if !client.submit(apis, ask).await {
        return;
    }
    if chance.permille(100) {
        client.submit(apis, ask).await;
    }
    if chance.permille(50) {
        client.conflict(apis, ask).await;
    }
    if chance.permille(cancels) {
        tokio::time::sleep(Duration::from_millis(chance.between(0, 1500))).await;
        client.cancel(apis, ask).await;
    }
}

/// Looks at all sagas again and again, so that a final status that changes is seen.
pub async fn observe(client: Arc<Client>, apis: Vec<Api>) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let asked = Instant::now();
        if let Some(sagas) = client.api(&apis).sagas().await {
            let saw = |(id, status): &(String, String)| client.saw(asked, id, status);
            sagas.iter().for_each(saw);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_may_be_older_tells_nothing() {
        let client = Client::default();
        let early = Instant::now();
        client.saw(Instant::now(), "s", "completed");
        client.saw(early, "s", "running");
        client.saw(Instant::now(), "s", "completed");
        let seen: Vec<String> = client.log().into_iter().map(|op| op.note).collect();
        assert_eq!(seen, ["completed"]);
        client.saw(Instant::now(), "s", "running");
        assert_eq!(client.log().len(), 2, "asked later, it is news");
    }
}
