//! Baton's own programs: one process, or orchestrators and workers on brokers.

use super::{Brokers, Entry};
use crate::fault::{During, Fault};
use crate::link::Link;
use crate::shape::Shape;
use crate::vitals::Part;
use baton_tests::world::{Program, free_port};
use hyper::body::Bytes;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a start may take.
const START: Duration = Duration::from_secs(90);
/// Calls one worker has under way at once.
const CONCURRENCY: usize = 256;

/// Sagas of a page that is asked for.
const PAGE: usize = 1_000;

/// Running programs; ended, hard, when dropped.
pub struct Baton {
    apis: Vec<SocketAddr>,
    programs: Vec<(String, Program)>,
}

impl Baton {
    /// One process on the embedded store in `data`; `folder` takes what it writes besides.
    pub fn embedded(folder: &Path, data: &Path, service: SocketAddr) -> Result<Self, Fault> {
        let catalogue = catalogue(folder, service)?;
        let api = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let text = |path: &Path| path.display().to_string();
        let args = [
            "dev".to_owned(),
            "--services".to_owned(),
            catalogue,
            "--data".to_owned(),
            text(data),
            "--listen".to_owned(),
            api.to_string(),
        ];
        let program = Program::logged("baton", &args, &[], &folder.join("baton.log"));
        Ok(Self {
            apis: vec![api],
            programs: vec![("baton".to_owned(), program)],
        })
    }

    /// So many orchestrators, and as many workers, on these brokers.
    pub fn on(
        brokers: &Brokers,
        folder: &Path,
        service: SocketAddr,
        each: usize,
    ) -> Result<Self, Fault> {
        let env = vec![
            ("BATON__STORE__URL", brokers.redis()),
            ("BATON__QUEUE__URL", brokers.amqp()),
            ("BATON__SERVICES", catalogue(folder, service)?),
        ];
        let none: [&str; 0] = [];
        let (mut apis, mut programs) = (Vec::new(), Vec::new());
        for n in 1..=each {
            let number = if each > 1 {
                format!(" {n}")
            } else {
                String::new()
            };
            let log = |kind: &str| folder.join(format!("{kind}{n}.log"));
            let worker = Program::logged("baton-worker", &none, &env, &log("worker"));
            programs.push((format!("worker{number}"), worker));
            let api = SocketAddr::from(([127, 0, 0, 1], free_port()));
            let mut env = env.clone();
            env.push(("BATON__API__LISTEN", api.to_string()));
            let log = log("orchestrator");
            let orchestrator = Program::logged("baton-orchestrator", &none, &env, &log);
            programs.push((format!("orchestrator{number}"), orchestrator));
            apis.push(api);
        }
        Ok(Self { apis, programs })
    }

    /// All of them at once, without a word.
    pub fn kill(&mut self) {
        for (_, program) in &mut self.programs {
            program.kill();
        }
    }

    pub fn entry(&self) -> Entry {
        Entry::Baton(self.apis.clone())
    }

    /// Baton's own processes.
    pub fn parts(&self) -> Vec<Part> {
        let part = |(name, program): &(String, Program)| Part::new(name.clone(), program.id());
        self.programs.iter().map(part).collect()
    }

    /// Waits until every orchestrator takes submissions, looking every 10 ms.
    pub async fn ready(&mut self) -> Result<(), Fault> {
        let start = Instant::now();
        for at in &self.apis {
            let mut link = Link::to(*at);
            while !matches!(link.get("/readyz").await, Ok(answer) if answer.status == 200) {
                for (name, program) in &mut self.programs {
                    if !program.runs() {
                        return Err(Fault(format!("{name} ended while it started")));
                    }
                }
                if start.elapsed() > START {
                    return Err(Fault(format!("http://{at} is not ready within {START:?}")));
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        Ok(())
    }

    pub async fn deploy(&self, shape: &Shape) -> Result<(), Fault> {
        let mut link = Link::to(self.apis[0]);
        let source = Bytes::from(shape.source.clone());
        let answer = link
            .call("POST", "/v1/workflows", "application/yaml", source)
            .await?;
        match answer.status {
            200 | 201 => Ok(()),
            status => Err(Fault(format!("{status} {}", answer.json()))),
        }
    }

    /// How many sagas ended since the start with this status, by what the orchestrators count.
    pub async fn ended(&self, status: &str) -> Result<usize, Fault> {
        let name = format!("baton_sagas_ended_total{{status=\"{status}\"}} ");
        let mut sum = 0;
        for at in &self.apis {
            let metrics = Link::to(*at).get("/metrics").await?;
            let text = String::from_utf8_lossy(&metrics.body).into_owned();
            let count = text
                .lines()
                .find_map(|line| line.strip_prefix(&name)?.parse().ok());
            sum += count.unwrap_or(0);
        }
        Ok(sum)
    }

    /// How many sagas have this status, by what the API lists, page after page.
    pub async fn listed(&self, status: &str) -> Result<usize, Fault> {
        let mut link = Link::to(self.apis[0]);
        let (mut count, mut after) = (0, String::new());
        loop {
            let path = format!("/v1/sagas?status={status}&limit={PAGE}{after}");
            let page = link.get(&path).await?.json();
            let listed = page["sagas"].as_array();
            count += listed
                .ok_or_else(|| Fault(format!("no list of {status} sagas: {page}")))?
                .len();
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return Ok(count),
            }
        }
    }

    /// Waits until so many ended with this status since the start, and none is left that lives.
    pub async fn all_ended(&self, sagas: usize, status: &str) -> Result<(), Fault> {
        let start = Instant::now();
        loop {
            let ended = self.ended(status).await?;
            if ended >= sagas {
                break;
            }
            if start.elapsed() > START {
                return Err(Fault(format!("{ended} of {sagas} sagas are {status}")));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        for open in ["running", "waiting", "compensating", "suspended"] {
            let path = format!("/v1/sagas?status={open}&limit=1");
            let page = Link::to(self.apis[0]).get(&path).await?.json();
            if page["sagas"]
                .as_array()
                .is_none_or(|sagas| !sagas.is_empty())
            {
                return Err(Fault(format!("a saga is still {open}: {page}")));
            }
        }
        Ok(())
    }
}

/// The service catalogue's path, after it was written into `folder`.
fn catalogue(folder: &Path, service: SocketAddr) -> Result<String, Fault> {
    let text = format!(
        "services:\n  s:\n    url: http://{service}\n    concurrency: {CONCURRENCY}\n    timeout: 15m\n    \
         rejections: final\n    operations:\n      step: {{ method: POST, path: /step }}\n      \
         undo: {{ method: POST, path: /undo }}\n      refuse: {{ method: POST, path: /refuse }}\n"
    );
    let path = folder.join("services.yaml");
    fs::write(&path, text).during("the service catalogue")?;
    Ok(path.display().to_string())
}
