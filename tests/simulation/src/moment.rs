//! Faults that have a moment of their own, and the moment from which there are no more.

use crate::fault::Fault;
use crate::says::Says;
use crate::world::{BEGIN, Inside, Order, Who};
use baton_shared::port::Lane;
use baton_shared::{Partition, Timestamp};

impl Inside {
    pub(crate) fn heal(&mut self) {
        let now = self.now - BEGIN;
        self.trace.tell(now, || "everything heals".to_owned());
        self.plan.heal();
        self.books.healing.at = Some(Timestamp(self.now));
        for process in &mut self.processes {
            process.frozen_until = 0;
            process.skew = 0;
        }
        if !self.plan.attended {
            self.order(1_000, Order::Settle);
        }
    }

    /// A fault that has a moment of its own. It is counted where something came of it: what meets nobody shows
    /// nothing.
    pub(crate) fn strike(&mut self, fault: Fault) {
        let came = match fault {
            Fault::OrchestratorPaused => self.freeze(true),
            Fault::WorkerPaused => self.freeze(false),
            Fault::ClockForward => self.shift(1),
            Fault::ClockBack => self.shift(-1),
            Fault::Redelivered => self.break_a_connection(),
            Fault::LaneLost => self.lose_a_lane(),
            Fault::Poison => self.poisons(),
            Fault::Forged => self.forges(),
            Fault::Replayed => self.replays(),
            Fault::PowerCut => self.cut_power(),
            _ => false,
        };
        if came {
            self.plan.note(fault);
        }
    }

    /// Whether anything was out of it.
    fn break_a_connection(&mut self) -> bool {
        let inboxes = self.lanes.inboxes();
        if inboxes.is_empty() {
            return false;
        }
        let inbox = inboxes[self.dice.index(inboxes.len())];
        let out = self.lanes.is_out(inbox);
        self.redeliver(inbox);
        out
    }

    /// Whether anything was lost by it.
    fn cut_power(&mut self) -> bool {
        self.cuts += 1;
        // The store's machine alone, or all: who lives on remembers what is lost.
        let all = self.dice.chance(500);
        for process in 0..self.processes.len() {
            let state = &self.processes[process];
            let life = state.life;
            if all && state.orchestrator {
                self.falls(Who { process, life });
            }
        }
        let since = self.now - self.dice.between(1, 1_000);
        let loses = self.kept.wrote_after(since);
        for saga in self.kept.lose(since) {
            let seq = self.kept.sagas.get(&saga).map_or(0, |saga| saga.seq);
            self.books.rewound(&saga, seq);
        }
        self.books.power_cut = true;
        loses
    }

    fn one_of(&mut self, orchestrators: bool) -> usize {
        let all = self.processes.iter().enumerate();
        let fit = all.filter(|(_, process)| process.orchestrator == orchestrators);
        let fit: Vec<usize> = fit.map(|(place, _)| place).collect();
        fit[self.dice.index(fit.len())]
    }

    /// Whether it was alive: a new life does not stand still.
    fn freeze(&mut self, orchestrators: bool) -> bool {
        let process = self.one_of(orchestrators);
        let pause = self.dice.pick(&[300, 11_000, 40_000, 400_000]);
        self.processes[process].frozen_until = self.now + pause;
        // Time must get there even if nothing else happens then.
        self.after(pause, |_| {});
        self.processes[process].up
    }

    /// The clock is the machine's: a process that comes back has it too.
    fn shift(&mut self, sign: i64) -> bool {
        let process = self.dice.index(self.processes.len());
        let by = self.dice.pick(&[700, 15_000, 200_000]);
        self.processes[process].skew += sign * by;
        self.books.healing.astray_ms += by.unsigned_abs();
        true
    }

    fn poisons(&mut self) -> bool {
        let lane = match self.dice.below(3) {
            0 => Lane::Dead,
            1 => Lane::Outcomes(Partition(0)),
            _ => Lane::Jobs("s".parse().expect("a service of ours")),
        };
        let bodies: [&[u8]; 4] = [b"", b"not json", &[0xff, 0xfe], b"{\"v\":9,\"type\":\"x\"}"];
        let body = self.dice.pick(&bodies);
        self.books.poisoned += 1;
        self.slip(&lane, body, Says::Nothing);
        true
    }
}
