//! Facts that a saga recorded: its journal.

use baton_shared::Timestamp;
use serde::{Deserialize, Serialize};

/// An event with its moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    pub at: Timestamp,
    pub event: Event,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {}

/// A journal's bytes: one JSON text a line.
pub fn encode(_events: &[Recorded]) -> Vec<u8> {
    unimplemented!()
}

/// Reads a journal's bytes; the error names the line.
pub fn decode(_bytes: &[u8]) -> Result<Vec<Recorded>, String> {
    unimplemented!()
}
