//! A message as the judges read it.

use baton_shared::port::{Lane, Outgoing};
use baton_shared::{Envelope, Job, Outcome, SagaId};
use std::fmt;
use std::sync::Arc;

/// What it says, and whose it is.
#[derive(Clone)]
pub enum Says {
    Job(Arc<Job>),
    Outcome(Arc<Outcome>),
    /// A stranger's, about this saga; none where nobody of ours can read it.
    Forged(Option<SagaId>),
    Nothing,
}

impl Says {
    /// What one of us sends.
    pub(crate) fn read(outgoing: &Outgoing) -> Self {
        match &outgoing.to {
            Lane::Jobs(_) => Envelope::<Job>::decode(&outgoing.body)
                .map_or(Self::Nothing, |read| Self::Job(Arc::new(read.body))),
            Lane::Outcomes(_) => Envelope::<Outcome>::decode(&outgoing.body)
                .map_or(Self::Nothing, |read| Self::Outcome(Arc::new(read.body))),
            Lane::Dead => Self::Nothing,
        }
    }
}

impl fmt::Display for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Job(job) => {
                let again = if job.again { " again" } else { "" };
                write!(f, "job {}{again}", job.id)
            }
            Self::Outcome(outcome) => {
                let verdict = serde_json::to_string(&outcome.verdict).unwrap_or_default();
                let verdict: String = verdict.chars().take(90).collect();
                let again = if outcome.redelivered {
                    " redelivered"
                } else {
                    ""
                };
                write!(f, "outcome {}{again} {verdict}", outcome.job)
            }
            Self::Forged(of) => write!(f, "what a stranger says of {of:?}"),
            Self::Nothing => f.write_str("bytes"),
        }
    }
}
