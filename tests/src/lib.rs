//! Laws and stories that more than one crate must keep, and the servers they are tried on.
//!
//! `contract` holds what every adapter of a port promises, written once and run on each; `brokers`
//! starts private RabbitMQ and Redis servers; `world` plays with whole processes; `powercut` takes the
//! power from one.

pub mod brokers;
pub mod contract;
pub mod powercut;
pub mod world;
