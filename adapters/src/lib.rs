//! The adapters: each port on RabbitMQ, on Redis and embedded, and the only home of their libraries.

pub mod amqp;
pub mod any;
pub mod clock;
pub mod config;
pub mod embedded;
pub mod redis;
pub mod runtime;
pub mod stop;
pub mod telemetry;
pub mod tls;
