//! Restate with a handler in Rust, as `make bench-peers` installs them below `target/peers`.

use super::helper::Helper;
use super::{Entry, rig};
use crate::fault::Fault;
use crate::link::Link;
use crate::vitals::Part;
use baton_tests::world::free_port;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const SERVER: &str = "node_modules/@restatedev/restate-server-linux-x64/bin/restate-server";
const HANDLER: &str = "restate/release/baton-bench-restate";
const START: Duration = Duration::from_secs(90);
/// Of 24, its default, 4 and 2, what made the most steps on two cores (docs/performance.md).
const PARTITIONS: &str = "4";

/// The server and the handler.
pub(super) struct Restate {
    server: Helper,
    handler: Helper,
    ingress: SocketAddr,
    admin: SocketAddr,
    handled: SocketAddr,
}

impl Restate {
    /// With the server's default durability, and its data in `folder`.
    pub(super) fn start(folder: &Path, service: SocketAddr) -> Result<Self, Fault> {
        let address = || SocketAddr::from(([127, 0, 0, 1], free_port()));
        let (ingress, admin, handled) = (address(), address(), address());
        let mut command = Command::new(rig::peer(SERVER)?);
        command
            .arg("--base-dir")
            .arg(folder.join("restate-data"))
            .args(["--no-logo", "--node-name", "bench", "--listen-mode", "tcp"])
            .args(["--log-filter", "warn"])
            .args([
                "--bind-ip",
                "127.0.0.1",
                "--bind-port",
                &free_port().to_string(),
            ])
            .env("RESTATE_INGRESS__BIND_ADDRESS", ingress.to_string())
            .env("RESTATE_ADMIN__BIND_ADDRESS", admin.to_string())
            .env("RESTATE_DEFAULT_NUM_PARTITIONS", PARTITIONS)
            .env("RESTATE_DISABLE_TELEMETRY", "true")
            .env("DO_NOT_TRACK", "1")
            .env("TMPDIR", folder)
            .current_dir(folder);
        let server = Helper::start("restate-server", command, &folder.join("restate.log"))?;
        let mut command = Command::new(rig::peer(HANDLER)?);
        command.args([handled.to_string(), service.to_string()]);
        let handler = Helper::start("handler", command, &folder.join("handler.log"))?;
        Ok(Self {
            server,
            handler,
            ingress,
            admin,
            handled,
        })
    }

    /// Registers the handler as soon as the server takes it.
    pub(super) async fn ready(&self) -> Result<(), Fault> {
        let deployment = json!({ "uri": format!("http://{}", self.handled) });
        let start = Instant::now();
        loop {
            let answer = Link::to(self.admin).post("/deployments", &deployment).await;
            let why = match answer {
                Ok(answer) if answer.status == 201 || answer.status == 200 => return Ok(()),
                Ok(answer) => format!("{} {}", answer.status, answer.json()),
                Err(fault) => fault.to_string(),
            };
            if start.elapsed() > START {
                return Err(Fault(format!("Restate does not take the handler: {why}")));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    pub(super) fn entry(&self) -> Entry {
        Entry::Restate(self.ingress)
    }

    pub(super) fn parts(&self) -> Vec<Part> {
        vec![
            Part::new("restate-server", self.server.pid()),
            Part::new("handler", self.handler.pid()),
        ]
    }

    pub(super) fn described() -> String {
        let server = rig::version("restate-server");
        format!(
            "{server} of npm, default durability, {PARTITIONS} partitions; handler in Rust, TCP_NODELAY"
        )
    }
}
