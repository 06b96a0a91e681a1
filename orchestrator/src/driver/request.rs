//! What the API asks of the driver, and what it is answered.

use baton_engine::saga::{Input, Refusal, Status};
use baton_engine::workflow::Workflow;
use baton_shared::SagaId;
use baton_shared::port::StoreError;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::oneshot;

/// One request, answered once what it changed is kept.
#[derive(Debug)]
pub struct Request {
    pub saga: SagaId,
    pub ask: Ask,
    /// Nobody may be listening any more; the request is carried out all the same.
    pub answer: oneshot::Sender<Answer>,
}

pub type Answer = Result<Reply, Declined>;

#[derive(Clone, Debug)]
pub enum Ask {
    Submit(Box<Submit>),
    /// A person's input: cancel, pause, resume, retry, skip, drop.
    Act(Input),
}

/// A saga to start, unless it was started before.
#[derive(Clone, Debug)]
pub struct Submit {
    pub workflow: Arc<Workflow>,
    /// The submitter named the version. Otherwise the same submission after a newer deployment
    /// still means the same saga.
    pub pinned: bool,
    pub input: Value,
    pub traceparent: Option<String>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub saga: SagaId,
    /// `namespace/name`
    pub workflow: String,
    pub version: String,
    pub status: Status,
    /// False: the saga was there, with the same input.
    pub created: bool,
}

/// Why it was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Declined {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("there is no saga `{0}`")]
    NoSaga(SagaId),
    /// The id was used for another submission.
    #[error("saga `{0}` exists with another workflow or input")]
    Conflict(SagaId),
    /// `unsure`: it may have been done all the same.
    #[error("{error}")]
    Store { error: StoreError, unsure: bool },
    #[error("other orchestrators keep moving saga `{0}`")]
    Contended(SagaId),
    /// Its journal or its definition cannot be read here.
    #[error("saga `{saga}` cannot be moved on: {fault}")]
    Unreadable { saga: SagaId, fault: String },
    /// Too many requests wait.
    #[error("{0} requests are waiting already")]
    Overloaded(usize),
    #[error("the orchestrator is stopping")]
    Stopping,
}
