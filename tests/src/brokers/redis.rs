//! A private Redis.

use super::place::Place;
use super::process::Process;
use super::{BrokerError, SmallDisk, folder, listening, tail};
use crate::port::free_port;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const SERVER: &str = "/usr/bin/redis-server";

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
    /// Bytes of a disk of its own; none for the machine's.
    pub disk: Option<u64>,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self {
            appendonly: true,
            fsync: Fsync::Always,
            maxmemory: None,
            policy: "noeviction",
            password: None,
            disk: None,
        }
    }
}

/// A running Redis, ended when dropped.
pub struct Redis {
    place: Place,
    /// The server's path; its client lies beside it.
    server: String,
    settings: RedisSettings,
    port: u16,
    process: Option<Process>,
    disk: Option<SmallDisk>,
    folder: tempfile::TempDir,
}

impl Redis {
    pub async fn start(settings: RedisSettings) -> Result<Self, BrokerError> {
        let place = Place::named("BATON_REDIS_ROOT");
        let server = std::env::var("BATON_REDIS_SERVER").ok();
        let server = server
            .filter(|path| !path.is_empty())
            .unwrap_or_else(|| SERVER.to_owned());
        place.needs(&server, "redis-server")?;
        place.needs(&client(&server), "redis-tools")?;
        let mut redis = Self {
            place,
            server,
            settings,
            port: free_port(),
            folder: folder("redis")?,
            process: None,
            disk: None,
        };
        std::fs::create_dir(redis.data())
            .map_err(|error| BrokerError(format!("no folder for Redis's data: {error}")))?;
        if let Some(bytes) = redis.settings.disk {
            redis.disk = Some(SmallDisk::at(&redis.data(), bytes).await?);
        }
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

    /// Its process id while it runs.
    pub fn id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its disk, where [`RedisSettings::disk`] gave it one.
    pub fn disk(&self) -> Option<&SmallDisk> {
        self.disk.as_ref()
    }

    /// The append-only file that is being written, the newest by name.
    pub fn log_file(&self) -> Option<PathBuf> {
        let files = std::fs::read_dir(self.folder().join("appendonlydir")).ok()?;
        let paths = files.filter_map(|file| Some(file.ok()?.path()));
        let mut growing: Vec<_> = paths
            .filter(|path| path.to_string_lossy().ends_with(".incr.aof"))
            .collect();
        growing.sort();
        growing.pop()
    }

    /// Whether the server still runs.
    pub fn runs(&mut self) -> bool {
        self.process.as_mut().is_some_and(Process::alive)
    }

    /// Where its append-only file lies, in the folder `appendonlydir`, as this process sees it.
    pub fn folder(&self) -> PathBuf {
        let disk = self.disk.as_ref();
        disk.map_or_else(|| self.data(), SmallDisk::seen)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
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
        let cli = client(&self.server);
        let mut command = self.place.command(&cli, self.folder.path());
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        if let Some(password) = self.settings.password {
            // Each of them knows one of the two.
            command.env("REDISCLI_AUTH", password);
            command.env("VALKEYCLI_AUTH", password);
        }
        let output = command
            .args(args)
            .output()
            .map_err(|error| BrokerError(format!("cannot run {cli}: {error}")))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    async fn boot(&mut self) -> Result<(), BrokerError> {
        let mut command = self.place.command(&self.server, self.folder.path());
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
            .arg(self.data());
        if let Some(bytes) = self.settings.maxmemory {
            command.args(["--maxmemory", &bytes.to_string()]);
        }
        if let Some(password) = self.settings.password {
            command.args(["--requirepass", password]);
        }
        if let Some(disk) = &self.disk {
            command = disk.inside(&command);
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

/// The client that belongs to a server: `redis-cli` to `redis-server`, `valkey-cli` to `valkey-server`.
fn client(server: &str) -> String {
    let stem = server.strip_suffix("-server").unwrap_or(server);
    format!("{stem}-cli")
}
