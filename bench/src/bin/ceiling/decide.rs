//! The side that would decide: an outcome is a transition and the next job.

use super::broker::{Broker, JOBS, Letter, OUTCOMES};
use super::store::Store;
use super::{BATCH, LANES, Place, Run, STEPS};
use baton_bench::fault::{During, Fault};
use baton_bench::shape;
use baton_bench::sizes::{self, padded};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// A job's body: what is sent to the service.
#[derive(Serialize, Deserialize)]
pub(crate) struct Job<'a> {
    #[serde(borrow)]
    pub(crate) saga: Cow<'a, str>,
    pub(crate) n: usize,
    #[serde(borrow)]
    pub(crate) from: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) text: Cow<'a, str>,
}

/// An outcome's body: what the service answered.
#[derive(Serialize, Deserialize)]
pub(crate) struct Outcome<'a> {
    #[serde(borrow)]
    pub(crate) saga: Cow<'a, str>,
    pub(crate) n: usize,
    #[serde(borrow)]
    pub(crate) answer: Cow<'a, str>,
}

/// A step to start, with what the one before was answered; and the delivery that said so.
struct Next {
    place: Place,
    from: String,
    tag: Option<u64>,
}

/// The way in for new sagas, and out for those that ended.
pub(crate) struct Decider {
    lanes: Vec<UnboundedSender<Next>>,
    ended: UnboundedReceiver<()>,
}

pub(crate) async fn start(
    broker: &Broker,
    store: &Store,
    failed: &UnboundedSender<Fault>,
) -> Result<Decider, Fault> {
    // A confirm leads to nothing: the next transition says what is owed, as in Baton.
    let (confirmed, _) = mpsc::unbounded_channel();
    let jobs = broker.publisher(JOBS, confirmed, failed.clone()).await?;
    let (mut outcomes, done) = broker.consumer(OUTCOMES, failed.clone()).await?;
    let (over, ended) = mpsc::unbounded_channel();
    let mut lanes = Vec::new();
    for number in 0..LANES {
        let (lane, inputs) = mpsc::unbounded_channel();
        lanes.push(lane);
        let side = Side {
            jobs: jobs.clone(),
            done: done.clone(),
            over: over.clone(),
        };
        watch(failed, side.decide(store.lane(number), inputs));
    }
    let into = lanes.clone();
    watch(failed, async move {
        while let Some(delivery) = outcomes.next().await {
            let delivery = delivery.during(OUTCOMES)?;
            let outcome: Outcome<'_> = serde_json::from_slice(&delivery.data).during(OUTCOMES)?;
            let place = Place {
                saga: outcome.saga.into(),
                n: outcome.n + 1,
            };
            let from = outcome.answer.into_owned();
            let lane = &into[place.lane(LANES)];
            let _ = lane.send(Next {
                place,
                from,
                tag: Some(delivery.delivery_tag),
            });
        }
        Err(Fault::new("no more outcomes come"))
    });
    Ok(Decider { lanes, ended })
}

/// Runs it; its failure ends the program.
pub(crate) fn watch(
    failed: &UnboundedSender<Fault>,
    work: impl Future<Output = Result<(), Fault>> + Send + 'static,
) {
    let failed = failed.clone();
    tokio::spawn(async move {
        if let Err(fault) = work.await {
            let _ = failed.send(fault);
        }
    });
}

struct Side {
    jobs: UnboundedSender<Letter<Place>>,
    done: UnboundedSender<u64>,
    over: UnboundedSender<()>,
}

impl Side {
    async fn decide(self, store: Store, mut inputs: UnboundedReceiver<Next>) -> Result<(), Fault> {
        let text = "x".repeat(shape::BALLAST);
        let mut batch = Vec::with_capacity(BATCH);
        while inputs.recv_many(&mut batch, BATCH).await > 0 {
            let places: Vec<&Place> = batch.iter().map(|next| &next.place).collect();
            store.append(&places).await?;
            for Next { place, from, tag } in batch.drain(..) {
                if let Some(tag) = tag {
                    let _ = self.done.send(tag);
                }
                if place.n > STEPS {
                    let _ = self.over.send(());
                    continue;
                }
                let job = Job {
                    saga: Cow::Borrowed(&place.saga),
                    n: place.n,
                    from: from.into(),
                    text: Cow::Borrowed(&text),
                };
                let body = serde_json::to_string(&job).expect("plain data");
                let _ = self.jobs.send((padded(body, sizes::JOB), place));
            }
        }
        Ok(())
    }
}

impl Decider {
    /// Starts sagas while there is time, and waits for their end; how many there were.
    pub(crate) async fn run(&mut self, run: &Run) -> Result<usize, Fault> {
        let until = Instant::now() + run.time;
        let (mut begun, mut ended) = (0, 0);
        loop {
            while begun - ended < run.window && begun < run.most && Instant::now() < until {
                let saga: Arc<str> = shape::id(&run.name, begun).into();
                let from = shape::answer(&saga, 0);
                let place = Place { saga, n: 1 };
                let _ = self.lanes[place.lane(LANES)].send(Next {
                    place,
                    from,
                    tag: None,
                });
                begun += 1;
            }
            if ended == begun {
                return Ok(begun);
            }
            self.ended
                .recv()
                .await
                .ok_or_else(|| Fault::new("nobody decides any more"))?;
            ended += 1;
        }
    }
}
