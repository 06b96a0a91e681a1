//! Where requests come in: admission, then the driver, then the answer.

use crate::driver::Shared;
use crate::driver::request::{Answer, Ask, Declined, Reply, Request, Submit};
use crate::folded::{Folded, Views};
use crate::outside::Ports;
use baton_engine::saga::view::SagaView;
use baton_engine::saga::{Input, Status, event};
use baton_engine::store::{Store, Stored};
use baton_shared::port::{Clock, Queue, QueueError, StoreError};
use baton_shared::{SagaId, Timestamp};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// The way to the driver.
#[derive(Debug)]
pub struct Desk<P> {
    pub shared: Arc<Shared<P>>,
    views: Views,
    requests: mpsc::Sender<Request>,
}

/// Why nothing new is taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// Why a submission was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSubmitted {
    #[error(transparent)]
    Trouble(#[from] Trouble),
    #[error(transparent)]
    Declined(#[from] Declined),
}

/// Why a saga cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotShown {
    #[error("there is no saga `{0}`")]
    NoSaga(SagaId),
    #[error("the journal of saga `{saga}` cannot be read: {fault}")]
    Unreadable { saga: SagaId, fault: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<P: Ports> Desk<P> {
    /// The desk, and where the driver takes its requests.
    pub fn new(shared: Arc<Shared<P>>) -> (Self, mpsc::Receiver<Request>) {
        let (requests, taken) = mpsc::channel(shared.settings.waiting.max(1));
        let desk = Self {
            shared,
            views: Views::default(),
            requests,
        };
        (desk, taken)
    }

    /// Everything that keeps new work out right now.
    pub fn troubles(&self) -> Vec<Trouble> {
        let ports = &self.shared.ports;
        let store = ports.store().trouble().map(Trouble::Store);
        let queue = ports.queue().trouble().map(Trouble::Queue);
        store.into_iter().chain(queue).collect()
    }

    /// Starts a saga. Refused before anything is written while store or queue are in trouble:
    /// what is accepted is kept, so what cannot be kept is not accepted.
    pub async fn submit(&self, id: SagaId, submit: Submit) -> Result<Reply, NotSubmitted> {
        if let Some(trouble) = self.troubles().into_iter().next() {
            return Err(trouble.into());
        }
        // Dying within: the saga is there or not; the same submission again tells.
        Ok(self.ask(id, Ask::Submit(Box::new(submit))).await?)
    }

    /// A person's request.
    pub async fn act(&self, saga: SagaId, input: Input) -> Answer {
        self.ask(saga, Ask::Act(input)).await
    }

    /// Resolves once nothing more is taken, because we stop.
    pub async fn stopping(&self) {
        self.requests.closed().await;
    }

    async fn ask(&self, saga: SagaId, ask: Ask) -> Answer {
        let (answer, answered) = oneshot::channel();
        let request = Request { saga, ask, answer };
        self.requests
            .try_send(request)
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => {
                    Declined::Overloaded(self.requests.max_capacity())
                }
                mpsc::error::TrySendError::Closed(_) => Declined::Stopping,
            })?;
        answered.await.map_err(|_stopped| Declined::Stopping)?
    }

    /// A saga as people see it.
    pub async fn view(&self, saga: &SagaId) -> Result<Arc<Folded>, NotShown> {
        let stored = self.stored(saga).await?;
        self.view_of(saga, &stored)
    }

    pub(crate) async fn stored(&self, saga: &SagaId) -> Result<Stored, NotShown> {
        let mut loaded = self.shared.ports.store().load(vec![saga.clone()]).await;
        let stored = loaded.pop().unwrap_or(Ok(None))?;
        stored.ok_or_else(|| NotShown::NoSaga(saga.clone()))
    }

    pub(crate) fn view_of(&self, saga: &SagaId, stored: &Stored) -> Result<Arc<Folded>, NotShown> {
        let unreadable = |fault: String| NotShown::Unreadable {
            saga: saga.clone(),
            fault,
        };
        self.views.view(saga, stored, || {
            let journal = event::decode(&stored.events).map_err(unreadable)?;
            let mut view =
                SagaView::of(saga, &journal).ok_or_else(|| unreadable("it is empty".to_owned()))?;
            view.durability = self.shared.ports.store().durability().name().to_owned();
            Ok(view)
        })
    }

    /// The saga once it has ended or is suspended, or as it is at `deadline`.
    pub async fn wait(&self, saga: &SagaId, deadline: Timestamp) -> Result<Arc<Folded>, NotShown> {
        let clock = self.shared.ports.clock();
        // Watch, then look: a change in between is not missed.
        let watch = self.shared.watchers.watch(saga);
        loop {
            let view = self.view(saga).await?;
            let now = clock.now();
            let status = view.status();
            if status.is_final() || status == Status::Suspended || now >= deadline {
                return Ok(view);
            }
            // Another orchestrator may move it: so look from time to time.
            let look = deadline.min(now.after(self.shared.settings.poll));
            tokio::select! {
                biased;
                () = watch.rested() => {}
                () = clock.sleep_until(look) => {}
            }
        }
    }
}
