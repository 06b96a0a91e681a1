//! The only home of brokers and stores: each port on RabbitMQ, Redis and embedded.

pub mod redis;
pub mod tls;
