//! Exchanges and queues: their names, their arguments, and their declaration.
//!
//! Only what safety needs stands in the arguments; an argument cannot be changed later without
//! deleting the queue. Limits and the like belong into policies of the broker.

use super::address::{no_answer, reason};
use super::{DECLARE, Shared, lock};
use baton_shared::port::{Lane, QueueError};
use baton_shared::{Partition, ServiceName};
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, LongString};
use lapin::{Channel, Connection, ErrorKind, ExchangeKind};
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How often a message is delivered before the broker takes it for poison: set, because RabbitMQ 3
/// knows no default.
const DELIVERY_LIMIT: i64 = 20;
/// In the dead queue a message must not be lost however often its reader dies.
const DEAD_LIMIT: i64 = 1_000_000_000;

/// How long a queue that was found deleted is left deleted: channels of the broker remember queues by
/// name, and must have noticed before there is another of that name.
pub(super) const GONE: Duration = Duration::from_secs(1);

/// The answer to a message whose queue was deleted.
pub(super) fn gone(queue: &str) -> QueueError {
    QueueError::Unroutable(format!(
        "the queue {queue} was deleted, and is made again soon"
    ))
}

/// Names under one prefix.
pub(super) struct Names {
    pub(super) prefix: String,
}

impl Names {
    pub(super) fn exchange(&self, lane: &Lane) -> String {
        let kind = match lane {
            Lane::Jobs(_) => "jobs",
            Lane::Outcomes(_) => "outcomes",
            Lane::Dead => "dlx",
        };
        format!("{}.{kind}", self.prefix)
    }

    pub(super) fn key(lane: &Lane) -> String {
        match lane {
            Lane::Jobs(service) => service.to_string(),
            Lane::Outcomes(partition) => partition.0.to_string(),
            Lane::Dead => String::new(),
        }
    }

    pub(super) fn queue(&self, lane: &Lane) -> String {
        match lane {
            Lane::Dead => format!("{}.dead", self.prefix),
            _ => format!("{}.{}", self.exchange(lane), Self::key(lane)),
        }
    }

    /// A queue's lane as people know it: its name without the prefix.
    pub(super) fn lane_name<'a>(&self, queue: &'a str) -> &'a str {
        queue
            .strip_prefix(self.prefix.as_str())
            .and_then(|rest| rest.strip_prefix('.'))
            .unwrap_or(queue)
    }

    fn arguments(&self, lane: &Lane) -> FieldTable {
        let mut table = FieldTable::default();
        let text = |value: &str| AMQPValue::LongString(LongString::from(value));
        table.insert("x-queue-type".into(), text("quorum"));
        table.insert("x-overflow".into(), text("reject-publish"));
        if *lane == Lane::Dead {
            table.insert(
                "x-delivery-limit".into(),
                AMQPValue::LongLongInt(DEAD_LIMIT),
            );
            return table;
        }
        table.insert(
            "x-delivery-limit".into(),
            AMQPValue::LongLongInt(DELIVERY_LIMIT),
        );
        table.insert(
            "x-dead-letter-exchange".into(),
            text(&self.exchange(&Lane::Dead)),
        );
        table.insert("x-dead-letter-strategy".into(), text("at-least-once"));
        if matches!(lane, Lane::Outcomes(_)) {
            table.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
        }
        table
    }
}

/// Declares lanes over one connection, each once. It has a channel of its own: a refused
/// declaration ends the channel it was made on.
pub(super) struct Declarer<'a> {
    shared: &'a Shared,
    connection: &'a Connection,
    channel: tokio::sync::Mutex<Option<Channel>>,
    done: Mutex<HashSet<Lane>>,
    /// Lanes whose queue was found deleted, and when.
    gone: Mutex<HashMap<Lane, Instant>>,
}

impl<'a> Declarer<'a> {
    /// Declares the exchanges and the dead queue, without which nothing may be sent or refused.
    pub(super) async fn new(
        shared: &'a Shared,
        connection: &'a Connection,
    ) -> Result<Self, QueueError> {
        let declarer = Self {
            shared,
            connection,
            channel: tokio::sync::Mutex::default(),
            done: Mutex::default(),
            gone: Mutex::default(),
        };
        declarer.attempt("the exchanges", None).await?;
        declarer.lane(&Lane::Dead).await?;
        Ok(declarer)
    }

    /// Makes sure that the lane is there.
    pub(super) async fn lane(&self, lane: &Lane) -> Result<(), QueueError> {
        if lock(&self.done).contains(lane) {
            return Ok(());
        }
        let queue = self.shared.names.queue(lane);
        match lock(&self.gone).get(lane) {
            None => {}
            Some(when) if when.elapsed() < GONE => return Err(gone(&queue)),
            // The channel may still be tied to the deleted queue; a new one is not.
            Some(_) => {
                let why = format!("the queue {queue} was deleted, connecting anew to make it");
                return Err(self.shared.unavailable(&why));
            }
        }
        self.attempt(&queue, Some(lane)).await?;
        lock(&self.done).insert(lane.clone());
        Ok(())
    }

    /// The lane turned out to be gone: it is declared again by the next generation, in [`GONE`].
    pub(super) fn forget(&self, lane: &Lane) {
        lock(&self.done).remove(lane);
        lock(&self.gone)
            .entry(lane.clone())
            .or_insert_with(Instant::now);
    }

    /// Declares a lane's queue, or else the exchanges.
    async fn attempt(&self, what: &str, lane: Option<&Lane>) -> Result<(), QueueError> {
        let mut held = self.channel.lock().await;
        let all = async {
            if held.is_none() {
                *held = Some(self.connection.create_channel().await?);
            }
            let channel = held.as_ref().expect("just made");
            match lane {
                Some(lane) => self.queue(channel, lane).await,
                None => self.exchanges(channel).await,
            }
        };
        let error = match tokio::time::timeout(DECLARE, all).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => return Err(self.shared.unavailable(&no_answer(DECLARE))),
        };
        *held = None;
        match error.kind() {
            // Whoever may not declare relies on somebody having done so: publishing will tell.
            ErrorKind::ProtocolError(refusal) if refusal.get_id() == 403 => {
                tracing::debug!(what, "not allowed to declare: taken to be there");
                Ok(())
            }
            ErrorKind::ProtocolError(refusal) if refusal.get_id() == 406 => {
                Err(QueueError::Unroutable(format!(
                    "{what} is there with other properties, delete it: {}",
                    refusal.get_message()
                )))
            }
            _ => Err(self.shared.unavailable(&reason(&error))),
        }
    }

    async fn exchanges(&self, channel: &Channel) -> lapin::Result<()> {
        let kinds = [
            (Lane::Jobs(ServiceName::http()), ExchangeKind::Direct),
            (Lane::Outcomes(Partition(0)), ExchangeKind::Direct),
            (Lane::Dead, ExchangeKind::Fanout),
        ];
        for (lane, kind) in kinds {
            let options = ExchangeDeclareOptions {
                durable: true,
                ..Default::default()
            };
            let name = self.shared.names.exchange(&lane).into();
            channel
                .exchange_declare(name, kind, options, FieldTable::default())
                .await?;
        }
        Ok(())
    }

    async fn queue(&self, channel: &Channel, lane: &Lane) -> lapin::Result<()> {
        let queue = self.shared.names.queue(lane);
        let options = QueueDeclareOptions {
            durable: true,
            ..Default::default()
        };
        let arguments = self.shared.names.arguments(lane);
        channel
            .queue_declare(queue.as_str().into(), options, arguments)
            .await?;
        channel
            .queue_bind(
                queue.into(),
                self.shared.names.exchange(lane).into(),
                Names::key(lane).into(),
                QueueBindOptions::default(),
                FieldTable::default(),
            )
            .await
    }
}
