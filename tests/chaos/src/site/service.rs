//! The ledger service of a site, as a process of its own.

use baton_ledger::record::{self, Line};
use baton_ledger::weather::Weather;
use baton_tests::world::{Api, Program, free_port, until};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The services, and the file of what they were asked.
pub struct Services {
    program: Option<Program>,
    file: PathBuf,
    port: u16,
    seed: u64,
    weather: Weather,
    api: Api,
}

impl Services {
    pub async fn start(folder: &Path, seed: u64, weather: Weather) -> Self {
        let port = free_port();
        let mut services = Self {
            program: None,
            file: folder.join("ledger.jsonl"),
            port,
            seed,
            weather,
            api: Api::new(format!("http://127.0.0.1:{port}")),
        };
        services.restart().await;
        services
    }

    pub fn base(&self) -> &str {
        self.api.base()
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Nobody is there any more; the file stays.
    pub fn kill(&mut self) {
        if let Some(mut program) = self.program.take() {
            program.kill();
        }
    }

    /// Starts it again, with what the file tells.
    pub async fn restart(&mut self) {
        self.kill();
        let words = [
            "--listen".to_owned(),
            format!("127.0.0.1:{}", self.port),
            "--file".to_owned(),
            self.file.display().to_string(),
            "--seed".to_owned(),
            self.seed.to_string(),
            "--weather".to_owned(),
            serde_json::to_string(&self.weather).expect("rates are plain data"),
        ];
        self.program = Some(Program::start("baton-ledger", &words, &[]));
        let counts = async || self.count("calls").await;
        until("the ledger answers", Duration::from_secs(30), counts).await;
    }

    /// Starts it if it is not there, and ends the bad weather.
    pub async fn heal(&mut self) {
        if self.program.is_none() {
            self.restart().await;
        }
        let healed = async || match self.api.post("/admin/heal", &Value::Null).await {
            Some((200, _)) => Some(()),
            _ => None,
        };
        until("the ledger heals", Duration::from_secs(30), healed).await;
    }

    /// `calls`, `pending` or `trapped`; none while nobody is there.
    pub async fn count(&self, what: &str) -> Option<u64> {
        let (_, counted) = self.api.get("/admin/count").await?;
        counted[what].as_u64()
    }

    /// Everything it was asked, in the order in which it happened.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Everything it was asked.
    pub fn lines(&self) -> Vec<Line> {
        record::read(&self.file).expect("the ledger's file reads")
    }
}
