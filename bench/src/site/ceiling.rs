//! The bare program on brokers of its own.

use super::helper::Helper;
use super::{Brokers, rig};
use crate::fault::Fault;
use crate::vitals::Part;
use baton_tests::brokers::Fsync;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

const START: Duration = Duration::from_secs(30);

/// Running; fields are dropped in order.
pub struct Ceiling {
    program: Helper,
    brokers: Brokers,
    folder: TempDir,
}

impl Ceiling {
    pub async fn start(service: SocketAddr) -> Result<Self, Fault> {
        let folder = rig::folder()?;
        let brokers = Brokers::start(Fsync::Always).await?;
        let mut command = Command::new(rig::beside("ceiling")?);
        command.args(["--amqp", &brokers.amqp(), "--redis", &brokers.redis()]);
        command.args(["--service", &service.to_string()]);
        let program = Helper::start("ceiling", command, &folder.path().join("ceiling.log"))?;
        let mut ceiling = Self {
            program,
            brokers,
            folder,
        };
        ceiling.hear(START).await?;
        Ok(ceiling)
    }

    /// Runs sagas for so long, and says how many.
    pub async fn run(
        &mut self,
        name: &str,
        window: usize,
        time: Duration,
        most: usize,
    ) -> Result<usize, Fault> {
        let run = format!("{name} {window} {} {most}", time.as_secs_f64());
        self.program.tell(&run).await?;
        let said = self.hear(time + Duration::from_secs(120)).await?;
        said.parse()
            .map_err(|_| Fault(format!("the ceiling said {said}")))
    }

    async fn hear(&mut self, patience: Duration) -> Result<String, Fault> {
        let said = self.program.hear(patience).await;
        said.map_err(|fault| Fault(format!("{fault}\n{}", rig::said(self.folder.path()))))
    }

    pub fn own(&self) -> Vec<Part> {
        vec![Part::new("ceiling", self.program.pid())]
    }

    pub fn below(&self) -> Vec<Part> {
        self.brokers.parts()
    }

    pub async fn described(&self) -> Result<String, Fault> {
        let brokers = self.brokers.described().await?;
        Ok(format!(
            "{brokers}; pipelines cut and acknowledgements gathered as Baton's are, a message an outcome"
        ))
    }
}
