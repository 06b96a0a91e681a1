//! Everything runs again, everything ends: what comes between the fault and the verdict.

use super::Site;
use super::fault::Kind;
use crate::client::{Came, Kind as Asked};
use crate::evidence::is_final;
use baton_ledger::manner::{Lie, Manner};
use baton_tests::brokers::RabbitMq;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Sagas fetched at once.
const AT_ONCE: usize = 16;

impl Site {
    /// Starts what is gone, wakes what stands still, ends the weather, and waits until Baton is
    /// ready. A scenario has undone its own fault before.
    pub async fn heal(&mut self) {
        self.services.heal().await;
        for n in 0..self.orchestrators.len() {
            self.go_on(Kind::Orchestrator, n);
            self.revive(Kind::Orchestrator, n);
        }
        for n in 0..self.workers.len() {
            self.go_on(Kind::Worker, n);
            self.revive(Kind::Worker, n);
        }
        for api in self.apis() {
            api.ready().await;
        }
    }

    /// Waits until every saga has ended or waits for a person, who then does what a person does.
    /// Returns when all is quiet, or when patience is over: the verdict says what was left.
    pub async fn settle(&mut self) {
        let deadline = Instant::now() + self.plan.patience;
        let put_off = self.plan.services.contains(&Manner::Liar(Lie::RetryAfter));
        let (mut rounds, mut looks) = (0, 0);
        while Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(300)).await;
            looks += 1;
            if put_off && looks % 20 == 0 {
                self.hurry().await;
            }
            let Some(open) = self.open_sagas().await else {
                continue;
            };
            let held = open
                .values()
                .filter(|status| *status == "suspended")
                .count();
            if held < open.len() || self.services.count("pending").await != Some(0) {
                continue;
            }
            if held > 0 && rounds < 3 {
                rounds += 1;
                self.operate(rounds).await;
                continue;
            }
            if self.quiet().await {
                return;
            }
        }
    }

    async fn open_sagas(&self) -> Option<BTreeMap<String, String>> {
        let asked = Instant::now();
        let mut sagas = self.apis()[0].sagas().await?;
        sagas
            .iter()
            .for_each(|(id, status)| self.client.saw(asked, id, status));
        sagas.retain(|(_, status)| !is_final(status));
        Some(sagas.into_iter().collect())
    }

    /// No step of any saga is under way, also none that came late.
    async fn quiet(&self) -> bool {
        let sagas = self.history().await;
        let busy = |saga: &Value| {
            let steps = saga["steps"].as_array().cloned().unwrap_or_default();
            steps
                .iter()
                .any(|step| matches!(step["status"].as_str(), Some("running" | "scheduled")))
        };
        !sagas.values().any(busy)
    }

    /// Every saga as the API shows it.
    pub async fn history(&self) -> BTreeMap<String, Value> {
        let api = self.apis()[0].clone();
        let ids = api.sagas().await.unwrap_or_default();
        let shown = stream::iter(ids).map(|(id, _)| {
            let api = api.clone();
            async move { Some((id.clone(), api.saga(&id).await?)) }
        });
        let shown: Vec<_> = shown.buffer_unordered(AT_ONCE).collect().await;
        shown.into_iter().flatten().collect()
    }

    /// Every open dead letter.
    pub async fn letters(&self) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/dead-letters?limit=200{after}");
            let Some((200, page)) = self.apis()[0].get(&path).await else {
                return all;
            };
            all.extend(page["deadLetters"].as_array().cloned().unwrap_or_default());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return all,
            }
        }
    }

    /// The same, and those that belong to no saga with their messages.
    pub async fn letters_whole(&self) -> Vec<Value> {
        let mut letters = self.letters().await;
        for letter in letters.iter_mut().filter(|letter| letter["saga"].is_null()) {
            let id = letter["id"].as_str().unwrap_or_default();
            let path = format!("/v1/dead-letters/{id}");
            if let Some((200, whole)) = self.apis()[0].get(&path).await {
                *letter = whole;
            }
        }
        letters
    }

    /// Messages that lie in the queues, by queue; empty where there are none.
    pub async fn left_in_queues(&self) -> BTreeMap<String, u64> {
        let Some(rabbitmq) = &self.rabbitmq else {
            return BTreeMap::new();
        };
        // Its figures are some seconds old: what is there now may be on its way still.
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let left = queued(rabbitmq).await;
            if left.is_empty() || Instant::now() > deadline {
                return left;
            }
        }
    }

    /// Timers (`t|`) and duties to publish (`d|`) that Redis still holds, by saga; empty where there is
    /// none. What is left of a saga that has ended is settled when it comes due, some seconds later.
    pub async fn left_due(&self, ended: &BTreeSet<String>) -> BTreeSet<String> {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let mut due = self.due();
            let of_ended = |member: &&String| {
                member
                    .split_once('|')
                    .is_some_and(|(_, saga)| ended.contains(saga))
            };
            if !due.iter().any(|member| of_ended(&member)) || Instant::now() > deadline {
                due.retain(|member| of_ended(&member));
                return due;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Notes what a person did.
    pub(super) fn operated(&self, saga: &str, what: &str, said: Option<(u16, Value)>) {
        let (came, said) = match said {
            Some((200, _)) => (Came::Ok, String::new()),
            Some((status, answer)) => (
                Came::Fail,
                format!("{status} {}", crate::client::reason(&answer)),
            ),
            None => (Came::Info, "no answer".to_owned()),
        };
        self.client
            .note(Asked::Operate, came, saga, "", format!("{what} {said}"));
    }
}

async fn queued(rabbitmq: &RabbitMq) -> BTreeMap<String, u64> {
    let listed = super::queues::listed(rabbitmq, "messages").await;
    let counted = listed
        .into_iter()
        .filter_map(|(name, count)| Some((name, count.parse().ok()?)));
    counted.filter(|(_, count)| *count > 0).collect()
}
