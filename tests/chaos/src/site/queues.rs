//! Queues that RabbitMQ cannot serve: how they come about, what a person does about them, and what
//! RabbitMQ says of them.

use super::Site;
use baton_adapters::redis::PARTITIONS;
use baton_tests::brokers::RabbitMq;
use baton_tests::world::until;
use std::time::Duration;

impl Site {
    /// Takes a quorum queue's process away for good: RabbitMQ lists the queue, refuses what is published
    /// to it, and closes the channel of whoever consumes it.
    pub async fn stop_queue(&mut self, queue: &str) {
        self.strike("a queue that RabbitMQ cannot serve");
        // The name of the process as RabbitMQ makes it: the virtual host, then the queue.
        let stop = format!("ra:stop_server(quorum_queues, {{'%2F_{queue}', node()}}).");
        let stopped = self.rabbitmq().rabbitmqctl(&["eval", &stop]).await;
        stopped.expect("RabbitMQ evaluates");
        let dead = async || {
            self.unserved()
                .await
                .contains(&queue.to_owned())
                .then_some(())
        };
        until("the queue is not served", Duration::from_secs(20), dead).await;
    }

    /// Deletes the queues that RabbitMQ lists and does not serve, as an operator would who reads of them
    /// in Baton's log: Baton makes them again, and what lay in them is lost. How many there were.
    pub async fn delete_unserved(&mut self) -> usize {
        let unserved = self.unserved().await;
        for queue in &unserved {
            self.notes
                .push(format!("{queue} was not served and was deleted"));
            let deleted = self.rabbitmq().rabbitmqctl(&["delete_queue", queue]).await;
            deleted.expect("it is in RabbitMQ's list");
        }
        unserved.len()
    }

    /// The queues whose leader does not run, by RabbitMQ's own list.
    async fn unserved(&mut self) -> Vec<String> {
        let listed = listed(self.rabbitmq(), "leader").await.into_iter();
        let dead = listed.filter(|(_, leader)| leader.is_empty());
        dead.map(|(name, _)| name).collect()
    }

    /// One queue of jobs and one of outcomes, for a fault to strike.
    pub fn victims(&mut self) -> [String; 2] {
        let partition = self.chance.between(0, PARTITIONS.into());
        [
            "baton.jobs.tombstones".to_owned(),
            format!("baton.outcomes.{partition}"),
        ]
    }

    /// What RabbitMQ said lies beside the other programs' logs from now on.
    pub fn keep_log_of_rabbitmq(&self) {
        if let Some(rabbitmq) = &self.rabbitmq {
            let log = rabbitmq.folder().join("log");
            let copied = std::fs::copy(log, self.folder.join("rabbitmq.log"));
            copied.expect("RabbitMQ has a log");
        }
    }
}

/// Every queue with what RabbitMQ says of it in this column of its list.
pub(super) async fn listed(rabbitmq: &RabbitMq, column: &str) -> Vec<(String, String)> {
    let words = ["-q", "list_queues", "--no-table-headers", "name", column];
    let said = rabbitmq.rabbitmqctl(&words).await;
    let said = said.expect("RabbitMQ answers");
    // The last line has lost its tab where nothing follows it.
    let lines = said
        .lines()
        .map(|line| line.split_once('\t').unwrap_or((line, "")));
    lines
        .map(|(name, told)| (name.to_owned(), told.trim().to_owned()))
        .filter(|(name, _)| !name.is_empty())
        .collect()
}
