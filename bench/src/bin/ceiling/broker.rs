//! RabbitMQ: two quorum queues; every message is published by itself and its confirm awaited.

use super::BATCH;
use super::acks::acknowledge;
use baton_bench::fault::{During, Fault};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lapin::options::{
    BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, LongString};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

pub(crate) const JOBS: &str = "ceiling.jobs";
pub(crate) const OUTCOMES: &str = "ceiling.outcomes";
/// Unacknowledged deliveries of a queue.
const PREFETCH: u16 = 1024;
/// Messages whose confirm is awaited.
const FLYING: usize = 512;

/// One side's connections, for either direction: a broker that holds back publishers holds back a connection.
pub(crate) struct Broker {
    publish: Connection,
    consume: Connection,
}

/// A body to publish, and what to say once it is confirmed.
pub(crate) type Letter<T> = (String, T);

impl Broker {
    pub(crate) async fn connect(url: &str) -> Result<Self, Fault> {
        let connect = async || {
            let connected = Connection::connect(url, ConnectionProperties::default()).await;
            connected.during("RabbitMQ")
        };
        let broker = Self {
            publish: connect().await?,
            consume: connect().await?,
        };
        let channel = broker.publish.create_channel().await.during("a channel")?;
        for queue in [JOBS, OUTCOMES] {
            let mut arguments = FieldTable::default();
            let quorum = AMQPValue::LongString(LongString::from("quorum"));
            arguments.insert("x-queue-type".into(), quorum);
            let options = QueueDeclareOptions {
                durable: true,
                ..Default::default()
            };
            channel
                .queue_declare(queue.into(), options, arguments)
                .await
                .during(queue)?;
        }
        Ok(broker)
    }

    /// A task that publishes to `queue`; what was confirmed is told to `confirmed`.
    pub(crate) async fn publisher<T: Send + 'static>(
        &self,
        queue: &'static str,
        confirmed: UnboundedSender<T>,
        failed: UnboundedSender<Fault>,
    ) -> Result<UnboundedSender<Letter<T>>, Fault> {
        let channel = self.publish.create_channel().await.during("a channel")?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await
            .during("confirms")?;
        let (letters, taken) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            if let Err(fault) = publish(&channel, queue, taken, confirmed).await {
                let _ = failed.send(fault);
            }
        });
        Ok(letters)
    }

    /// Deliveries of `queue`, and where to say which are done with.
    pub(crate) async fn consumer(
        &self,
        queue: &'static str,
        failed: UnboundedSender<Fault>,
    ) -> Result<(Consumer, UnboundedSender<u64>), Fault> {
        let channel = self.consume.create_channel().await.during("a channel")?;
        let options = BasicQosOptions { global: false };
        channel
            .basic_qos(PREFETCH, options)
            .await
            .during("prefetch")?;
        let consumer = channel
            .basic_consume(
                queue.into(),
                "ceiling".into(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            )
            .await
            .during(queue)?;
        let (done, taken) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            if let Err(fault) = acknowledge(&channel, taken).await {
                let _ = failed.send(fault);
            }
        });
        Ok((consumer, done))
    }
}

/// One task owns the channel: shared, it would swap confirms.
async fn publish<T>(
    channel: &Channel,
    queue: &'static str,
    mut letters: UnboundedReceiver<Letter<T>>,
    confirmed: UnboundedSender<T>,
) -> Result<(), Fault> {
    let properties = BasicProperties::default()
        .with_delivery_mode(2)
        .with_content_type("application/json".into());
    let options = BasicPublishOptions {
        mandatory: true,
        immediate: false,
    };
    let fly = |(body, what): Letter<T>| {
        let properties = properties.clone();
        async move {
            let sent = channel.basic_publish(
                "".into(),
                queue.into(),
                options,
                body.as_bytes(),
                properties,
            );
            match sent.await.during(queue)?.await.during(queue)? {
                Confirmation::Ack(None) => Ok(what),
                other => Err(Fault(format!("{queue} did not take a message: {other:?}"))),
            }
        }
    };
    let mut flying = FuturesUnordered::new();
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let room = FLYING - flying.len();
        tokio::select! {
            Some(landed) = flying.next() => {
                // Nobody listens any more only when the program ends.
                let _ = confirmed.send(landed?);
            }
            count = letters.recv_many(&mut batch, room), if room > 0 => {
                if count == 0 {
                    return Ok(());
                }
                flying.extend(batch.drain(..).map(fly));
            }
        }
    }
}
