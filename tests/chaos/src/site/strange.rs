//! What is done to a site besides killing: messages of our own, a second process, questions.

use super::Site;
use crate::orphan::Orphan;
use baton_adapters::amqp;
use baton_shared::port::{Lane, Outgoing, Queue};
use baton_tests::world::{Program, free_port, until};
use serde_json::Value;
use std::time::Duration;

impl Site {
    /// Puts a message of these bytes into a lane, as nobody of Baton's would, and expects it among the
    /// orphans.
    pub async fn send(&mut self, to: Lane, body: Vec<u8>) {
        self.plan.orphans.push(Orphan::Bytes(body.clone()));
        self.put_message(to, body).await;
    }

    /// Puts a job of a saga that there is not into a lane, which can be read and whose request cannot be
    /// sent, and expects the worker's report on it among the orphans.
    pub async fn send_unsendable(&mut self, to: Lane, saga: &str, job: &Value) {
        self.plan.orphans.push(Orphan::Unsent(saga.to_owned()));
        self.put_message(to, job.to_string().into_bytes()).await;
    }

    /// Waits until as many orphans are shown as the scenario sent; which, the judge looks at.
    pub async fn orphans_are_shown(&self) {
        let shown = async || {
            let letters = self.letters().await;
            let orphans = letters.iter().filter(|letter| letter["saga"].is_null());
            (orphans.count() >= self.plan.orphans.len()).then_some(())
        };
        let what = "every strange message is shown";
        until(what, Duration::from_secs(40), shown).await;
    }

    async fn put_message(&mut self, to: Lane, body: Vec<u8>) {
        self.strike("a strange message");
        let settings = amqp::Settings {
            url: self.rabbitmq().url(),
            ..amqp::Settings::default()
        };
        let queue = amqp::connect(settings).await.expect("RabbitMQ is there");
        let message = Outgoing {
            to,
            id: format!("strange-{}", self.plan.orphans.len()),
            body,
            traceparent: None,
        };
        for sent in queue.publish(vec![message]).await {
            sent.expect("RabbitMQ takes it");
        }
    }

    /// Another `baton dev` on the folder of the first; what it says is added to `second.log`.
    pub fn second_on_the_folder(&self) -> Program {
        let words = [
            "dev".to_owned(),
            "--services".to_owned(),
            self.catalogue().display().to_string(),
            "--data".to_owned(),
            self.data().display().to_string(),
            "--listen".to_owned(),
            format!("127.0.0.1:{}", free_port()),
        ];
        let env = [self.own_env(), self.hooks("second")].concat();
        Program::logged("baton", &words, &env, &self.folder.join("second.log"))
    }

    /// Waits until an orchestrator tells an operator that acknowledged writes are gone.
    pub async fn says_that_writes_were_lost(&mut self) {
        let apis = self.apis();
        let told = async || {
            for api in &apis {
                let (_, doctor) = api.get("/v1/doctor").await?;
                let problems = doctor["problems"].as_array().cloned().unwrap_or_default();
                let about =
                    |problem: &Value| problem.as_str().is_some_and(|text| text.contains("lost"));
                if problems.iter().any(about) {
                    return Some(());
                }
            }
            None
        };
        until(
            "the doctor says that writes were lost",
            Duration::from_secs(40),
            told,
        )
        .await;
    }
}
