//! Why there is no figure, in one sentence.

use baton_tests::brokers::BrokerError;

/// What went wrong, where, and what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Fault(pub String);

impl Fault {
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl From<BrokerError> for Fault {
    fn from(error: BrokerError) -> Self {
        Self(error.0)
    }
}

/// Puts what was being done before an error of the system.
pub trait During<T> {
    fn during(self, what: &str) -> Result<T, Fault>;
}

impl<T, E: std::fmt::Display> During<T> for Result<T, E> {
    fn during(self, what: &str) -> Result<T, Fault> {
        self.map_err(|error| Fault(format!("{what}: {error}")))
    }
}
