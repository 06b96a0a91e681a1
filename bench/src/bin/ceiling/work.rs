//! The side that works: a job is a call, its result kept, and an outcome.

use super::broker::{Broker, JOBS, Letter, OUTCOMES};
use super::decide::{Job, Outcome, watch};
use super::store::Store;
use super::{Args, BATCH, LANES, Place};
use baton_bench::fault::{During, Fault};
use baton_bench::link::Link;
use baton_bench::sizes::{self, padded};
use futures_util::StreamExt;
use hyper::body::Bytes;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// Calls under way at once, as in Baton's worker.
const CALLS: usize = 256;

/// A call that was answered.
struct Called {
    place: Place,
    answer: Bytes,
    tag: u64,
}

/// Connections that nobody uses at the moment.
#[derive(Clone)]
struct Pool {
    at: SocketAddr,
    free: Arc<Mutex<Vec<Link>>>,
}

/// Starts it; the connections it works over are closed when they are dropped.
pub(crate) async fn start(args: Args, failed: UnboundedSender<Fault>) -> Result<Broker, Fault> {
    let broker = Broker::connect(&args.amqp).await?;
    let store = Store::connect(&args.redis).await?;
    let (mut jobs, done) = broker.consumer(JOBS, failed.clone()).await?;
    // Confirmed outcomes are the tags of the jobs that may be acknowledged.
    let outcomes = broker.publisher(OUTCOMES, done, failed.clone()).await?;
    let mut lanes = Vec::new();
    for number in 0..LANES {
        let (lane, called) = mpsc::unbounded_channel();
        lanes.push(lane);
        watch(&failed, keep(store.lane(number), called, outcomes.clone()));
    }
    let pool = Pool {
        at: args.service,
        free: Arc::default(),
    };
    let room = Arc::new(Semaphore::new(CALLS));
    let all = failed.clone();
    watch(&failed, async move {
        while let Some(delivery) = jobs.next().await {
            let delivery = delivery.during(JOBS)?;
            let permit = room.clone().acquire_owned().await.during("room")?;
            let (pool, lanes) = (pool.clone(), lanes.clone());
            watch(&all, async move {
                let called = pool.call(delivery.data, delivery.delivery_tag).await?;
                drop(permit);
                let _ = lanes[called.place.lane(LANES)].send(called);
                Ok(())
            });
        }
        Err(Fault::new("no more jobs come"))
    });
    Ok(broker)
}

impl Pool {
    async fn call(&self, job: Vec<u8>, tag: u64) -> Result<Called, Fault> {
        let job: Job<'_> = serde_json::from_slice(&job).during(JOBS)?;
        let body = Bytes::from(serde_json::to_vec(&job).expect("plain data"));
        let free = self
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut link = free.unwrap_or_else(|| Link::to(self.at));
        let answer = link.call("POST", "/step", "application/json", body).await?;
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(link);
        if answer.status != 200 {
            return Err(Fault(format!("the service answered {}", answer.status)));
        }
        let place = Place {
            saga: job.saga.into(),
            n: job.n,
        };
        Ok(Called {
            place,
            answer: answer.body,
            tag,
        })
    }
}

/// Keeps results, then publishes outcomes.
async fn keep(
    store: Store,
    mut called: UnboundedReceiver<Called>,
    outcomes: UnboundedSender<Letter<u64>>,
) -> Result<(), Fault> {
    let mut batch = Vec::with_capacity(BATCH);
    while called.recv_many(&mut batch, BATCH).await > 0 {
        let places: Vec<Place> = batch.iter().map(|called| called.place.clone()).collect();
        store.keep(&places).await?;
        for Called { place, answer, tag } in batch.drain(..) {
            let answer: serde_json::Value = serde_json::from_slice(&answer).during("an answer")?;
            let outcome = Outcome {
                saga: (&*place.saga).into(),
                n: place.n,
                answer: answer["answer"].as_str().unwrap_or_default().into(),
            };
            let body = serde_json::to_string(&outcome).expect("plain data");
            let _ = outcomes.send((padded(body, sizes::OUTCOME), tag));
        }
    }
    Ok(())
}
