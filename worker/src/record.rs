//! The record of an attempt's outcome: what a job that comes again is answered from.

use baton_shared::planted::{self, Bug};
use baton_shared::{JobId, Outcome};
use serde_json::value::{RawValue, to_raw_value};

/// Where the outcome of this attempt is kept.
pub fn key(job: &JobId) -> String {
    if planted::is(Bug::RecordOfAnotherAttempt) {
        return format!("{}/{}", job.saga, job.step);
    }
    job.to_string()
}

/// The outcome that was kept of this attempt, as it is sent. A record that cannot be read is no answer, nor
/// is another attempt's, whoever put it there: the job is called, under its key.
pub fn read(job: &JobId, bytes: &[u8]) -> Option<Box<RawValue>> {
    match serde_json::from_slice::<Outcome>(bytes) {
        Ok(outcome) if outcome.job == *job || planted::is(Bug::RecordOfAnotherAttempt) => {
            Some(to_raw_value(&outcome).expect("outcomes are plain data"))
        }
        Ok(outcome) => {
            tracing::warn!(%job, of = %outcome.job, "the record of this job is another one's");
            None
        }
        Err(error) => {
            tracing::warn!(%job, %error, "the record of this job is unreadable");
            None
        }
    }
}
