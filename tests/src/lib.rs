//! What the scenarios share.

pub mod brokers;
