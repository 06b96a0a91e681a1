//! A private RabbitMQ node.
//!
//! It has its own folder, node name, Erlang port mapper and ports, so that any number run side by
//! side, and beside one of the system. The port mapper is our child too: the node would otherwise
//! leave one behind as a daemon.

use super::place::Place;
use super::process::Process;
use super::{BrokerError, SmallDisk, folder, listening, tail};
use crate::port::free_port;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Not the wrapper in `/usr/sbin`, which insists on the user `rabbitmq`; and never
/// `rabbitmq-server --version`, which starts a broker.
const BIN: &str = "/usr/lib/rabbitmq/bin";
const EPMD: &str = "/usr/bin/epmd";

/// A running node, ended when dropped.
pub struct RabbitMq {
    place: Place,
    amqp: u16,
    epmd: u16,
    dist: u16,
    node: Option<Process>,
    mapper: Option<Process>,
    disk: Option<SmallDisk>,
    folder: tempfile::TempDir,
}

impl RabbitMq {
    /// Boots a node; takes 4 to 6 seconds.
    pub async fn start() -> Result<Self, BrokerError> {
        Self::start_on(None).await
    }

    /// The same with so many bytes of a disk of its own for its data.
    pub async fn start_on(disk: Option<u64>) -> Result<Self, BrokerError> {
        let place = Place::named("BATON_RABBITMQ_ROOT");
        place.needs(&format!("{BIN}/rabbitmq-server"), "rabbitmq-server")?;
        place.needs(EPMD, "erlang-base")?;
        let mut node = Self {
            place,
            amqp: free_port(),
            epmd: free_port(),
            dist: free_port(),
            node: None,
            mapper: None,
            disk: None,
            folder: folder("rabbitmq")?,
        };
        node.configure()?;
        if let Some(bytes) = disk {
            let data = node.path("db");
            std::fs::create_dir(&data)
                .map_err(|error| BrokerError(format!("no folder for its data: {error}")))?;
            node.disk = Some(SmallDisk::at(&data, bytes).await?);
        }
        node.boot().await?;
        Ok(node)
    }

    /// Restarts it with a TLS listener beside the plain one, which asks clients for a certificate of
    /// this authority; the URL of it.
    pub async fn with_tls(
        &mut self,
        ca: &Path,
        cert: &Path,
        key: &Path,
    ) -> Result<String, BrokerError> {
        let port = free_port();
        let conf = self.path("rabbitmq.conf");
        let more = format!(
            "listeners.ssl.default = 127.0.0.1:{port}\n\
             ssl_options.cacertfile = {}\nssl_options.certfile = {}\nssl_options.keyfile = {}\n\
             ssl_options.verify = verify_peer\nssl_options.fail_if_no_peer_cert = true\n",
            ca.display(),
            cert.display(),
            key.display(),
        );
        let before = std::fs::read_to_string(&conf).unwrap_or_default();
        std::fs::write(&conf, before + &more)
            .map_err(|error| BrokerError(format!("cannot write {}: {error}", conf.display())))?;
        self.restart().await?;
        Ok(format!("amqps://guest:guest@127.0.0.1:{port}/%2f"))
    }

    /// Where it listens, as `guest`.
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.amqp)
    }

    /// Waits until a quorum queue would survive [`RabbitMq::kill`]: RabbitMQ before 4.3 enters a new one
    /// into the file that ties its name to its log only about half a second later. Killed before, it
    /// comes back empty and without a leader, for ever.
    pub async fn registered(&self, queue: &str) -> Result<(), BrokerError> {
        let node = self.name();
        let data = self.disk.as_ref();
        let data = data.map_or_else(|| self.path("db"), SmallDisk::seen);
        let names = data
            .join(&node)
            .join("quorum")
            .join(&node)
            .join("names.dets");
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let known = std::fs::read(&names).unwrap_or_default();
            if known
                .windows(queue.len())
                .any(|window| window == queue.as_bytes())
            {
                return Ok(());
            }
            if Instant::now() > deadline {
                let file = names.display();
                return Err(BrokerError(format!(
                    "{queue} was not entered into {file} in 20 s"
                )));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Where its data and its logs lie.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// The process id of its start script while it runs; the node descends from it.
    pub fn id(&self) -> Option<u32> {
        self.node.as_ref().map(Process::id)
    }

    pub fn port(&self) -> u16 {
        self.amqp
    }

    /// Its disk, where [`RabbitMq::start_on`] gave it one.
    pub fn disk(&self) -> Option<&SmallDisk> {
        self.disk.as_ref()
    }

    /// SIGKILL to the node and all that it started.
    pub fn kill(&mut self) {
        self.node = None;
        // The name of the dead node would linger in it.
        self.mapper = None;
    }

    /// Starts the node again on the same ports and data, killing it first if need be.
    pub async fn restart(&mut self) -> Result<(), BrokerError> {
        self.kill();
        self.boot().await
    }

    /// Asks it to stop, waits until it has, and starts it again on the same ports and data.
    pub async fn restart_cleanly(&mut self) -> Result<(), BrokerError> {
        self.rabbitmqctl(&["stop"]).await?;
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.node.as_mut().is_some_and(Process::alive) {
            if Instant::now() > deadline {
                return Err(BrokerError("RabbitMQ did not stop within 60 s".to_owned()));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.restart().await
    }

    /// Asks through `rabbitmqctl`: what it printed. Takes about two seconds.
    pub async fn rabbitmqctl(&self, args: &[&str]) -> Result<String, BrokerError> {
        let command = self.command("rabbitmqctl", &[&["-n", &self.name()], args].concat());
        let output = tokio::process::Command::from(command)
            .output()
            .await
            .map_err(|error| BrokerError(format!("cannot run rabbitmqctl: {error}")))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(BrokerError(format!(
            "rabbitmqctl {}: {said}",
            args.join(" ")
        )))
    }

    fn name(&self) -> String {
        format!("baton{}@localhost", self.amqp)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn configure(&self) -> Result<(), BrokerError> {
        let settings = format!(
            "listeners.tcp.default = 127.0.0.1:{}\n\
             log.console = true\nlog.file = false\n\
             raft.wal_max_size_bytes = 64000000\n\
             disk_free_limit.absolute = 50MB\n",
            self.amqp
        );
        let write = |name: &str, text: &str| {
            std::fs::write(self.path(name), text)
                .map_err(|error| BrokerError(format!("cannot write {name}: {error}")))
        };
        write("rabbitmq.conf", &settings)?;
        write("enabled_plugins", "[].\n")
    }

    async fn boot(&mut self) -> Result<(), BrokerError> {
        let log = self.path("log");
        let mut mapper = self.place.command(EPMD, self.folder.path());
        mapper
            .args(["-address", "127.0.0.1", "-port", &self.epmd.to_string()])
            .env_clear()
            .env("PATH", PATH);
        let mut mapper = Process::start(mapper, true, &log)?;
        let quick = Duration::from_secs(5);
        listening(self.epmd, quick, || mapper.alive())
            .await
            .map_err(|e| self.failed(&e))?;
        self.mapper = Some(mapper);

        let mut command = self.command("rabbitmq-server", &[]);
        if let Some(disk) = &self.disk {
            command = disk.inside(&command);
        }
        let mut node = Process::start(command, false, &log)?;
        let patient = Duration::from_secs(180);
        listening(self.amqp, patient, || node.alive())
            .await
            .map_err(|e| self.failed(&e))?;
        self.node = Some(node);
        Ok(())
    }

    fn failed(&self, error: &BrokerError) -> BrokerError {
        BrokerError(format!("RabbitMQ: {error}\n{}", tail(&self.path("log"))))
    }

    /// One of its programs in its own environment: no setting of the machine leaks in.
    fn command(&self, program: &str, args: &[&str]) -> Command {
        let program_path = format!("{BIN}/{program}");
        let mut command = self.place.command(&program_path, self.folder.path());
        command
            .args(args)
            .env_clear()
            .env("PATH", PATH)
            .env("LANG", "C.UTF-8")
            .env("HOME", self.folder.path())
            .env("ERL_EPMD_PORT", self.epmd.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODENAME", self.name())
            .env("RABBITMQ_NODE_PORT", self.amqp.to_string())
            .env("RABBITMQ_DIST_PORT", self.dist.to_string())
            .env("RABBITMQ_CONFIG_FILE", self.path("rabbitmq.conf"))
            .env(
                "RABBITMQ_ENABLED_PLUGINS_FILE",
                self.path("enabled_plugins"),
            )
            .env("RABBITMQ_MNESIA_BASE", self.path("db"))
            .env("RABBITMQ_LOG_BASE", self.path("logs"))
            .env("RABBITMQ_PID_FILE", self.path("pid"))
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null");
        if program == "rabbitmq-server" {
            let flags = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none \
                         -kernel inet_dist_use_interface {127,0,0,1}";
            command.env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", flags);
        }
        command
    }
}

const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";
