//! Laws and stories that more than one crate must keep, and the servers they are tried on.
//!
//! `contract` holds what every adapter of a port promises, and every service, written once and run on
//! each; `brokers` starts private RabbitMQ and Redis servers, `port` finds where they may listen; `world`
//! plays with whole processes; `powercut` takes the power from one.

pub mod brokers;
pub mod contract;
pub mod port;
pub mod powercut;
pub mod world;
