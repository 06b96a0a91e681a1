//! Runs sagas on a world: one or more orchestrators, all workers, and time.

use super::worker::Worker;
use super::{Client, Life, Ports, World};
use baton_engine::saga::{Saga, Status, event};
use baton_orchestrator::definitions::Definitions;
use baton_orchestrator::desk::Desk;
use baton_orchestrator::driver::request::{Reply, Submit};
use baton_shared::SagaId;
use baton_shared::catalogue::Catalogue;
use serde_json::Value;
use std::sync::Arc;
use std::task::Poll;

pub(crate) const TRIP: &str = "
document: { dsl: '1.0.3', namespace: test, name: trip, version: '1.0.0' }
do:
  - hotel:
      call: http
      with: { method: post, endpoint: http://hotel/book }
      compensate: { call: http, with: { method: post, endpoint: http://hotel/cancel } }
  - pause:
      wait: { seconds: 3 }
  - both:
      fork:
        branches:
          - flight:
              call: http
              with: { method: post, endpoint: http://flight/book }
              compensate: { call: http, with: { method: post, endpoint: http://flight/cancel } }
          - car:
              call: http
              with: { method: post, endpoint: http://car/book }
              compensate: { call: http, with: { method: post, endpoint: http://car/cancel } }
  - pay:
      call: http
      with: { method: post, endpoint: http://bank/pay }
";

/// More steps than any run here needs.
pub(crate) const PATIENCE: usize = 20_000;

/// A world, its workers, and the lives of its orchestrators.
pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) worker: Worker,
    seed: u64,
}

impl Run {
    pub(crate) fn new() -> Self {
        let world = World::default();
        let definitions = Definitions::new(world.ports(), Catalogue::default());
        let mut deployed = Client::new(async move {
            definitions.deploy(TRIP).await.expect("deploys");
        });
        while deployed.poll().is_pending() {}
        Self {
            world,
            worker: Worker::default(),
            seed: 0,
        }
    }

    pub(crate) fn life(&mut self) -> Life {
        self.seed += 1;
        self.world.start(self.seed, World::settings())
    }

    /// Everything that can happen without time passing, then time.
    pub(crate) fn step(&mut self, life: &mut Life) {
        let polled = life.poll();
        let worked = self.worker.work(&self.world);
        if !polled && !worked {
            self.world.clock.tick();
        }
    }

    /// Lets `life` run until all sagas are over.
    pub(crate) fn finish(&mut self, life: &mut Life) {
        for _ in 0..PATIENCE {
            if self.all_over() {
                return;
            }
            self.step(life);
        }
        panic!("stuck: {:?}", self.statuses());
    }

    /// Lets `life` run until every message is acknowledged.
    pub(crate) fn settle(&mut self, life: &mut Life) {
        for _ in 0..PATIENCE {
            if self.world.queue.is_quiet() {
                return;
            }
            self.step(life);
        }
        panic!("some message is never acknowledged");
    }

    pub(crate) fn sagas(&self) -> Vec<Saga> {
        let kept = self.world.store.kept();
        let replay = |(id, saga): (&SagaId, &super::store::KeptSaga)| {
            let journal = event::decode(&saga.events).expect("journal reads");
            assert_eq!(journal.len() as u64, saga.seq);
            Saga::replay(id.clone(), &journal).expect("not empty")
        };
        kept.sagas.iter().map(replay).collect()
    }

    pub(crate) fn all_over(&self) -> bool {
        self.sagas().iter().all(Saga::is_over)
    }

    pub(crate) fn statuses(&self) -> Vec<Status> {
        self.sagas().iter().map(Saga::status).collect()
    }
}

pub(crate) fn id(text: &str) -> SagaId {
    text.parse().expect("id")
}

pub(crate) async fn submit(desk: Arc<Desk<Ports>>, saga: SagaId, input: Value) -> Option<Reply> {
    let workflow = desk.shared.definitions.resolve("trip", None).await.ok()?;
    let submit = Submit {
        workflow,
        pinned: false,
        input,
        traceparent: None,
    };
    desk.submit(saga, submit).await.ok()
}

/// Drives until the client has its answer.
pub(crate) fn answered<T>(run: &mut Run, life: &mut Life, mut client: Client<T>) -> T {
    for _ in 0..PATIENCE {
        if let Poll::Ready(answer) = client.poll() {
            return answer;
        }
        run.step(life);
    }
    panic!("no answer");
}
