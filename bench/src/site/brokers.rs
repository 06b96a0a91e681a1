//! A private RabbitMQ and a private Redis, on which every promise is kept.

use crate::fault::Fault;
use crate::vitals::Part;
use baton_tests::brokers::{Fsync, RabbitMq, Redis, RedisSettings};

/// Both servers; ended when dropped.
pub struct Brokers {
    rabbitmq: RabbitMq,
    redis: Redis,
    fsync: Fsync,
}

impl Brokers {
    pub async fn start(fsync: Fsync) -> Result<Self, Fault> {
        let settings = RedisSettings {
            appendonly: true,
            fsync,
            ..RedisSettings::default()
        };
        let redis = Redis::start(settings).await?;
        let rabbitmq = RabbitMq::start().await?;
        Ok(Self {
            rabbitmq,
            redis,
            fsync,
        })
    }

    pub fn amqp(&self) -> String {
        self.rabbitmq.url()
    }

    pub fn redis(&self) -> String {
        self.redis.url()
    }

    pub fn parts(&self) -> Vec<Part> {
        let rabbitmq = self.rabbitmq.id().map(|pid| Part::new("RabbitMQ", pid));
        let redis = self.redis.id().map(|pid| Part::new("Redis", pid));
        rabbitmq.into_iter().chain(redis).collect()
    }

    /// Versions and settings, as they stand beside a figure.
    pub async fn described(&self) -> Result<String, Fault> {
        let rabbitmq = self.rabbitmq.rabbitmqctl(&["version"]).await?;
        let info = self.redis.cli(&["INFO", "server"])?;
        let redis = info
            .lines()
            .find_map(|line| line.strip_prefix("redis_version:"));
        let fsync = match self.fsync {
            Fsync::Always => "always",
            Fsync::EverySec => "everysec",
            Fsync::No => "no",
        };
        let redis = redis.unwrap_or("unknown").trim();
        Ok(format!(
            "RabbitMQ {rabbitmq} (quorum queues), Redis {redis} (appendonly, appendfsync {fsync})"
        ))
    }
}
