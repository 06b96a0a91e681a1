//! What can be done to a site. Each counts as a fault.

use super::Site;
use crate::client::Kind as Asked;
use crate::plan::Pair;
use baton_tests::world::until;
use std::collections::BTreeMap;
use std::time::Duration;

/// Which programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Orchestrator,
    Worker,
}

/// How many of these faults were kills.
pub fn kills(faults: &BTreeMap<&'static str, u64>) -> u64 {
    let kills = faults
        .iter()
        .filter(|(kind, _)| kind.starts_with("kill -9"));
    kills.map(|(_, count)| count).sum()
}

/// What a program is called in its folder.
fn name(kind: Kind, n: usize) -> String {
    match kind {
        Kind::Orchestrator => format!("orchestrator-{n}"),
        Kind::Worker => format!("worker-{n}"),
    }
}

impl Site {
    /// Counts a fault; what begins with `kill -9` is counted as a kill too.
    pub fn strike(&mut self, kind: &'static str) {
        *self.faults.entry(kind).or_default() += 1;
    }

    /// Kills so far.
    pub fn kills(&self) -> u64 {
        kills(&self.faults)
    }

    fn part(&mut self, kind: Kind, n: usize) -> &mut super::Part {
        match kind {
            Kind::Orchestrator => &mut self.orchestrators[n],
            Kind::Worker => &mut self.workers[n],
        }
    }

    /// `kill -9`. What is gone already stays gone.
    pub fn kill(&mut self, kind: Kind, n: usize) {
        if let Some(mut program) = self.part(kind, n).program.take() {
            self.weigh(name(kind, n), &program);
            program.kill();
            self.strike(match kind {
                Kind::Worker => "kill -9 of a worker",
                Kind::Orchestrator if self.plan.pair == Pair::Embedded => "kill -9 of baton dev",
                Kind::Orchestrator => "kill -9 of an orchestrator",
            });
        }
    }

    /// Waits until it has ended by itself; what it said.
    pub async fn ends(&mut self, kind: Kind, n: usize) -> String {
        let ended = async || {
            let program = self.part(kind, n).program.as_mut();
            program.is_none_or(|program| !program.runs()).then_some(())
        };
        until("it ends by itself", Duration::from_secs(30), ended).await;
        self.part(kind, n).program = None;
        let log = self.folder.join(format!("{}.log", name(kind, n)));
        std::fs::read_to_string(log).unwrap_or_default()
    }

    /// Waits until a submission is refused for now; the answer. Only while the client submits.
    pub async fn refused(&self) -> String {
        let from = self.client.log().len();
        let refused = async || {
            let log = self.client.log();
            let words = log[from..].iter().filter(|op| op.kind == Asked::Submit);
            let mut words = words.map(|op| &op.note);
            words
                .find(|note| note.starts_with("503") || note.starts_with("429"))
                .cloned()
        };
        until("a submission is refused", Duration::from_secs(60), refused).await
    }

    /// Starts it, unless it runs.
    pub fn revive(&mut self, kind: Kind, n: usize) {
        if self.runs(kind, n) {
            return;
        }
        match kind {
            Kind::Orchestrator => self.start_orchestrator(n),
            Kind::Worker => self.start_worker(n),
        }
    }

    /// Whether it is there.
    pub fn runs(&mut self, kind: Kind, n: usize) -> bool {
        let program = self.part(kind, n).program.as_mut();
        program.is_some_and(|program| program.runs())
    }

    /// SIGSTOP: it stands still and knows nothing of it.
    pub fn stop(&mut self, kind: Kind, n: usize) {
        let part = self.part(kind, n);
        if let Some(program) = &part.program {
            program.signal("STOP");
            part.stopped = true;
            self.strike("a process paused");
        }
    }

    /// SIGCONT.
    pub fn go_on(&mut self, kind: Kind, n: usize) {
        let part = self.part(kind, n);
        if let Some(program) = part.program.as_ref().filter(|_| part.stopped) {
            program.signal("CONT");
        }
        self.part(kind, n).stopped = false;
    }

    /// SIGTERM, and its exit code.
    pub async fn terminate(&mut self, kind: Kind, n: usize) -> Option<i32> {
        let mut program = self.part(kind, n).program.take()?;
        self.weigh(name(kind, n), &program);
        self.strike("a process asked to end");
        let ended = tokio::task::spawn_blocking(move || program.terminate());
        ended.await.expect("it does not panic")
    }

    /// Kills one at random and starts it again, until enough was done and enough was submitted.
    pub async fn kill_loop(&mut self, kind: Kind, rounds: usize, away_ms: (u64, u64)) {
        let parts = match kind {
            Kind::Orchestrator => self.orchestrators.len(),
            Kind::Worker => self.workers.len(),
        };
        for _ in 0..rounds {
            self.calls_pass(10).await;
            self.pause(100, 900).await;
            let n = self.chance.between(0, parts as u64);
            let n = usize::try_from(n).unwrap_or(0);
            self.kill(kind, n);
            self.pause(away_ms.0, away_ms.1).await;
            self.revive(kind, n);
        }
    }

    /// A RabbitMQ that blocks publishers until somebody was told, and a little longer: `setting` is a
    /// verb of rabbitmqctl that raises an alarm with `on` and ends it with `off`.
    pub async fn alarm(&mut self, setting: &str, on: &str, off: &str) {
        self.calls_pass(20).await;
        self.strike("an alarm of RabbitMQ");
        let raised = self.rabbitmq().rabbitmqctl(&[setting, on]).await;
        raised.expect("an alarm");
        let told = async || (!self.client.put_off().is_empty()).then_some(());
        until("a submission is put off", Duration::from_secs(40), told).await;
        self.pause(2000, 5000).await;
        let over = self.rabbitmq().rabbitmqctl(&[setting, off]).await;
        over.expect("no alarm");
        self.put_off_with_reason(1);
        self.calls_pass(20).await;
    }

    /// Waits until the ledger got so many more calls: work is going on. Only while nothing is broken;
    /// when nothing more is submitted there is nothing to wait for.
    pub async fn calls_pass(&self, more: u64) {
        let services = &self.services;
        let from = services.count("calls").await.unwrap_or(0);
        let passed = async || {
            let now = services.count("calls").await?;
            (now >= from + more || !self.busy()).then_some(())
        };
        until("calls go on", Duration::from_secs(60), passed).await;
    }

    /// Waits until so many sagas were accepted.
    pub async fn accepted(&self, sagas: usize) {
        let there = async || (self.client.accepted() >= sagas).then_some(());
        until("sagas are accepted", Duration::from_secs(60), there).await;
    }
}
