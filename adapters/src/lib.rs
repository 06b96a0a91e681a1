//! The only home of brokers and stores: each port on RabbitMQ, Redis and embedded.

pub mod amqp;
pub mod redis;
pub mod tls;
