//! A private Redis.

use super::process::Process;
use super::{BrokerError, folder, free_port, listening, needs, tail};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const SERVER: &str = "/usr/bin/redis-server";
const CLI: &str = "/usr/bin/redis-cli";

/// When Redis calls fsync on its append-only file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fsync {
    Always,
    EverySec,
    No,
}

impl Fsync {
    fn word(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::EverySec => "everysec",
            Self::No => "no",
        }
    }
}

/// How the server is configured.
#[derive(Clone, Debug)]
pub struct RedisSettings {
    pub appendonly: bool,
    pub fsync: Fsync,
    /// In bytes; none for no limit.
    pub maxmemory: Option<u64>,
    pub policy: &'static str,
    pub password: Option<&'static str>,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self {
            appendonly: true,
            fsync: Fsync::Always,
            maxmemory: None,
            policy: "noeviction",
            password: None,
        }
    }
}

/// A running Redis, ended when dropped.
pub struct Redis {
    settings: RedisSettings,
    port: u16,
    folder: tempfile::TempDir,
    process: Option<Process>,
}

impl Redis {
    pub async fn start(settings: RedisSettings) -> Result<Self, BrokerError> {
        needs(SERVER, "redis-server")?;
        needs(CLI, "redis-tools")?;
        let mut redis = Self {
            settings,
            port: free_port()?,
            folder: folder("redis")?,
            process: None,
        };
        redis.boot().await?;
        Ok(redis)
    }

    /// Where it listens, with the password if it has one.
    pub fn url(&self) -> String {
        let login = self
            .settings
            .password
            .map_or(String::new(), |word| format!(":{word}@"));
        format!("redis://{login}127.0.0.1:{}/0", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its append-only file lies, in the folder `appendonlydir`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// SIGKILL: what Redis had not handed to the system is gone.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts it again on the same port and data, killing it first if need be.
    pub async fn restart(&mut self) -> Result<(), BrokerError> {
        self.kill();
        self.boot().await
    }

    /// Asks through `redis-cli`: what it printed.
    pub fn cli(&self, args: &[&str]) -> Result<String, BrokerError> {
        let mut command = Command::new(CLI);
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        if let Some(password) = self.settings.password {
            command.env("REDISCLI_AUTH", password);
        }
        let output = command
            .args(args)
            .output()
            .map_err(|error| BrokerError(format!("cannot run {CLI}: {error}")))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    async fn boot(&mut self) -> Result<(), BrokerError> {
        let mut command = Command::new(SERVER);
        let port = self.port.to_string();
        command
            .args([
                "--port",
                &port,
                "--bind",
                "127.0.0.1",
                "--daemonize",
                "no",
                "--save",
                "",
            ])
            .args([
                "--appendonly",
                if self.settings.appendonly {
                    "yes"
                } else {
                    "no"
                },
            ])
            .args(["--appendfsync", self.settings.fsync.word()])
            .args(["--maxmemory-policy", self.settings.policy])
            .arg("--dir")
            .arg(self.folder.path());
        if let Some(bytes) = self.settings.maxmemory {
            command.args(["--maxmemory", &bytes.to_string()]);
        }
        if let Some(password) = self.settings.password {
            command.args(["--requirepass", password]);
        }
        let log = self.folder.path().join("log");
        let mut process = Process::start(command, true, &log)?;
        listening(self.port, Duration::from_secs(20), || process.alive())
            .await
            .map_err(|error| BrokerError(format!("Redis: {error}\n{}", tail(&log))))?;
        self.process = Some(process);
        self.loaded().await
    }

    /// It listens while it still reads its file; only then it answers.
    async fn loaded(&self) -> Result<(), BrokerError> {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.cli(&["PING"])? != "PONG" {
            if Instant::now() > deadline {
                return Err(BrokerError(
                    "Redis did not answer PING within 20 s".to_owned(),
                ));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}
