//! One seed: a world is made, lives, heals and comes to rest, and every law is asked all the while.
//!
//! ```text
//!   anybody woken? ─ yes ─► poll one of them (which: the dice)
//!        │ no
//!        ▼
//!   the next event: time goes there, something happens, somebody may wake
//! ```

use crate::books::{Books, Broken};
use crate::canary;
use crate::dice::Dice;
use crate::fault::{Fault, Net, Plan};
use crate::law::End;
use crate::library::{self, Volume};
use crate::life::{Polled, Ports, Task, orchestrator, worker};
use crate::panics;
use crate::people::{Wanted, act, submit};
use crate::trace::Trace;
use crate::world::{BEGIN, Inside, Order, Who, World};
use baton_engine::saga::Input;
use baton_orchestrator::desk::Desk;
use baton_orchestrator::metrics::Known;
use baton_shared::SagaId;
use baton_shared::port::RecordKind;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Polls after which a run is said not to come to rest.
const POLLS: u64 = 400_000;
/// The same in ms of its own time after the healing: longer than what is retried after a pivot.
const PATIENCE: u64 = 3 * 86_400_000;

/// What is run.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    pub seed: u64,
    /// Keep the trace as lines.
    pub told: bool,
    /// The net that is taken away.
    pub without: Option<Net>,
}

/// How it went.
#[derive(Debug)]
pub struct Report {
    pub seed: u64,
    pub broken: Option<Broken>,
    /// Equal for equal runs.
    pub hash: u64,
    /// The lines, if they were wanted.
    pub trace: String,
    pub events: BTreeSet<&'static str>,
    pub statuses: BTreeSet<&'static str>,
    pub faults: Vec<(Fault, u64)>,
    pub polls: u64,
    /// Its own time, in ms.
    pub took_ms: u64,
    pub calls: u64,
}

/// Runs one seed.
pub fn run(setup: &Setup) -> Report {
    panics::begin();
    let mut sim = Sim::new(setup);
    if sim.world.lock().plan.listened {
        canary::listen();
    }
    sim.live();
    sim.world.lock().books.heard = canary::heard();
    let panics = panics::end();
    sim.report(setup.seed, &panics)
}

struct Sim {
    seed: u64,
    world: World,
    tasks: Vec<Task>,
    /// The desk of each orchestrator that is up.
    desks: Vec<Option<Arc<Desk<Ports>>>>,
    wanted: Vec<Wanted>,
    volumes: Vec<Arc<Volume>>,
    polls: u64,
    out_of_time: Option<String>,
    /// Reused for choosing among those that are woken.
    woken: Vec<usize>,
}

impl Sim {
    fn new(setup: &Setup) -> Self {
        let mut dice = Dice::new(setup.seed);
        let mut plan = Plan::drawn(&mut dice);
        plan.without = setup.without;
        let mut wanted = Vec::new();
        for number in 0..plan.sagas {
            let volume = library::volume(drawn_volume(&mut dice));
            let (raise, odd) = (dice.chance(300), dice.chance(300));
            wanted.push(Wanted::new(number, volume, raise, odd));
        }
        let volumes: Vec<_> = wanted.iter().map(|wanted| wanted.volume.clone()).collect();
        let mut books = Books::default();
        books.healing.poll_ms = plan.poll_ms;
        books.healing.without = plan.without;
        for volume in &volumes {
            let name = volume.workflow.name.to_string();
            books.workflows.insert(name, volume.workflow.clone());
        }
        let orchestrators = plan.orchestrators;
        let world = World::new(dice, plan, books, Trace::new(setup.told));
        world.lock().begin(&volumes, wanted.len());
        Self {
            seed: setup.seed,
            world,
            tasks: Vec::new(),
            desks: (0..orchestrators).map(|_| None).collect(),
            wanted,
            volumes,
            polls: 0,
            out_of_time: None,
            woken: Vec::new(),
        }
    }

    fn live(&mut self) {
        loop {
            self.bury();
            while let Some(order) = self.next_order() {
                self.carry_out(&order);
                self.bury();
            }
            if self.world.lock().books.broken.is_some() {
                return;
            }
            if let Some(task) = self.choose() {
                self.poll(task);
                continue;
            }
            if self.rests() {
                return;
            }
            if self.is_out_of_time() || !self.world.lock().go_on() {
                self.out_of_time = Some(self.why_no_rest());
                return;
            }
        }
    }

    fn next_order(&self) -> Option<Order> {
        self.world.lock().orders.pop_front()
    }

    /// One of those that are woken and do not stand still.
    fn choose(&mut self) -> Option<usize> {
        let mut woken = std::mem::take(&mut self.woken);
        woken.clear();
        let mut inside = self.world.lock();
        let now = inside.now;
        for (place, task) in self.tasks.iter().enumerate() {
            if task.is_woken() && inside.processes[task.who.process].frozen_until <= now {
                woken.push(place);
            }
        }
        let chosen = match woken.len() {
            0 => None,
            1 => Some(woken[0]),
            many => Some(woken[inside.dice.index(many)]),
        };
        drop(inside);
        self.woken = woken;
        chosen
    }

    fn poll(&mut self, at: usize) {
        self.polls += 1;
        let (who, main) = (self.tasks[at].who, self.tasks[at].main);
        if main && self.dies_now(who) {
            return;
        }
        match self.tasks[at].poll() {
            Polled::Pending => {}
            Polled::Over if main => {
                let mut inside = self.world.lock();
                inside
                    .books
                    .break_law("it_ends", format!("process {} stopped", who.process));
            }
            Polled::Over => drop(self.tasks.swap_remove(at)),
            Polled::Panicked => self.world.lock().falls(who),
        }
    }

    fn dies_now(&self, who: Who) -> bool {
        let mut inside = self.world.lock();
        let inside = &mut *inside;
        let fault = if inside.processes[who.process].orchestrator {
            Fault::OrchestratorDies
        } else {
            Fault::WorkerDies
        };
        let dies = inside.plan.strikes(fault, &mut inside.dice);
        if dies {
            inside.falls(who);
        }
        dies
    }

    /// Drops the futures of those that died, and lets others take their place after a while.
    fn bury(&mut self) {
        loop {
            let Some(who) = self.world.lock().fallen.pop() else {
                return;
            };
            // What is dropped here may lock the world.
            self.tasks.retain(|task| task.who != who);
            let desk = self.desks.get_mut(who.process).and_then(Option::take);
            let mut inside = self.world.lock();
            if let Some(desk) = desk {
                let text = desk.shared.metrics.render(Known::default());
                inside.books.counted.shows(who, &text, true);
            }
            let rest = inside.dice.pick(&[1, 100, 3_000, 15_000]);
            inside.order(rest, Order::Start(who.process));
            let now = inside.now - BEGIN;
            inside
                .trace
                .tell(now, || format!("p{} is dead", who.process));
        }
    }

    fn carry_out(&mut self, order: &Order) {
        match order {
            Order::Start(process) => self.start(*process),
            Order::Submit(number) => self.submits(*number, None),
            Order::Accepted(number) => self.wanted[*number].accepted = true,
            Order::Moment(fault) => self.moment(*fault),
            Order::Heal => self.world.lock().heal(),
            Order::Settle => self.settle(),
            Order::Cancel(saga) => self.asks(saga.clone(), Input::Cancel { reason: None }),
        }
    }

    fn start(&mut self, process: usize) {
        let mut inside = self.world.lock();
        let state = &mut inside.processes[process];
        if state.up {
            return;
        }
        state.up = true;
        state.life += 1;
        state.frozen_until = 0;
        let (life, is_orchestrator) = (state.life, state.orchestrator);
        drop(inside);
        let who = Who { process, life };
        if is_orchestrator {
            let (desk, task) = orchestrator(&self.world, who, self.seed, &self.volumes);
            self.desks[process] = Some(desk);
            self.tasks.push(task);
        } else {
            self.tasks.push(worker(&self.world, who));
        }
    }

    /// A desk that is open, and whose it is.
    fn desk(&self) -> Option<(Who, Arc<Desk<Ports>>)> {
        let mut inside = self.world.lock();
        let at = inside.dice.index(self.desks.len());
        let desk = self.desks[at].clone()?;
        let life = inside.processes[at].life;
        Some((Who { process: at, life }, desk))
    }

    /// `again` is why somebody submits what was accepted before.
    fn submits(&mut self, number: usize, again: Option<Fault>) {
        let wanted = &self.wanted[number];
        if again.is_none() && !wanted.accepted {
            // Until it is answered with success it is submitted again.
            let mut inside = self.world.lock();
            let later = inside.dice.pick(&[2_000, 5_000, 30_000]);
            inside.order(later, Order::Submit(number));
        }
        let Some((who, desk)) = self.desk() else {
            return;
        };
        let workflow = &wanted.volume.workflow;
        let name = (workflow.name.to_string(), workflow.version.clone());
        let input = if again == Some(Fault::OtherInput) {
            wanted.other_input()
        } else {
            wanted.input.clone()
        };
        let request = submit(
            self.world.clone(),
            (who, desk),
            number,
            wanted.id.clone(),
            name,
            (input, again),
        );
        self.tasks.push(Task::new(who, false, request));
    }

    fn asks(&mut self, saga: SagaId, input: Input) {
        let Some((who, desk)) = self.desk() else {
            return;
        };
        let mut inside = self.world.lock();
        let now = inside.now - BEGIN;
        inside
            .trace
            .tell(now, || format!("somebody asks {saga} for {input:?}"));
        drop(inside);
        let request = act(self.world.clone(), (who, desk), saga, input);
        self.tasks.push(Task::new(who, false, request));
    }

    /// Something happens that no operation brings about.
    fn moment(&mut self, fault: Fault) {
        let mut inside = self.world.lock();
        if inside.plan.healed {
            return;
        }
        let now = inside.now - BEGIN;
        inside.trace.tell(now, || format!("now: {}", fault.name()));
        let number = inside.dice.index(self.wanted.len());
        let saga = self.wanted[number].id.clone();
        let asked = match fault {
            Fault::Cancel => Some(Input::Cancel { reason: None }),
            Fault::Pause => Some(Input::Pause),
            Fault::Resume => Some(Input::Resume),
            Fault::Retry | Fault::EditedRetry | Fault::Skip | Fault::Drop => {
                inside.settling(&saga, Some(fault))
            }
            _ => None,
        };
        if let Some(input) = asked {
            drop(inside);
            return self.asks(saga, input);
        }
        match fault {
            Fault::Retry | Fault::EditedRetry | Fault::Skip | Fault::Drop => {}
            Fault::Resubmitted | Fault::OtherInput => {
                drop(inside);
                if self.wanted[number].accepted {
                    self.submits(number, Some(fault));
                }
            }
            Fault::CallerGone => {
                if let Some(at) = self.tasks.iter().position(|task| !task.main) {
                    inside.plan.note(fault);
                    drop(inside);
                    drop(self.tasks.swap_remove(at));
                }
            }
            _ => inside.strike(fault),
        }
    }

    /// People settle what waits for them.
    fn settle(&mut self) {
        let asked = self.world.lock().settle_all(&self.wanted);
        for (saga, input) in asked {
            self.asks(saga, input);
        }
    }

    fn rests(&self) -> bool {
        let inside = self.world.lock();
        inside.plan.healed
            && self.wanted.iter().all(|wanted| wanted.accepted)
            && inside
                .books
                .stories
                .values()
                .all(|story| story.saga.is_over())
            && inside.late == 0
            && inside.lanes.is_quiet()
            && !inside.kept.owes()
            && (!inside.plan.forgets || inside.kept.sagas.is_empty())
    }

    fn is_out_of_time(&self) -> bool {
        let inside = self.world.lock();
        self.polls > POLLS || inside.now > BEGIN + inside.plan.heals_at + PATIENCE
    }

    fn why_no_rest(&self) -> String {
        let inside = self.world.lock();
        let accepted = self.wanted.iter().filter(|wanted| wanted.accepted).count();
        let of = self.wanted.len();
        format!(
            "after {} polls: {accepted} of {of} accepted, {}, due times {}",
            self.polls,
            inside.lanes.told(),
            inside.kept.owes()
        )
    }

    fn report(mut self, seed: u64, panics: &[String]) -> Report {
        let mut inside = self.world.lock();
        if inside.books.broken.is_none() {
            for (process, desk) in self.desks.iter().enumerate() {
                if let Some(desk) = desk {
                    let life = inside.processes[process].life;
                    let text = desk.shared.metrics.render(Known::default());
                    let who = Who { process, life };
                    inside.books.counted.shows(who, &text, false);
                }
            }
            inside.judge_end(self.out_of_time.take(), panics);
        }
        let books = &mut inside.books;
        let (broken, events) = (books.broken.take(), std::mem::take(&mut books.events_seen));
        let statuses = std::mem::take(&mut books.statuses_seen);
        let faults = Fault::ALL.iter();
        let faults = faults.map(|fault| (*fault, u64::from(inside.plan.came[*fault as usize])));
        let report = Report {
            seed,
            broken,
            hash: inside.trace.hash(),
            trace: inside.trace.to_string(),
            events,
            statuses,
            faults: faults.collect(),
            polls: self.polls,
            took_ms: inside.now - BEGIN,
            calls: inside.services.calls,
        };
        drop(inside);
        report
    }
}

fn drawn_volume(dice: &mut Dice) -> u32 {
    let fixed = library::fixed();
    if dice.chance(400) {
        let number = u32::try_from(dice.below(u64::from(fixed))).unwrap_or(0);
        // One of them is long, and slow.
        if number != library::LONG || dice.chance(50) {
            return number;
        }
    }
    fixed + u32::try_from(dice.below(u64::from(library::DRAWN))).unwrap_or(0)
}

impl Inside {
    fn begin(&mut self, volumes: &[Arc<Volume>], wanted: usize) {
        for volume in volumes {
            let record = volume.record.clone();
            self.kept.put(RecordKind::Definition, &volume.key, record);
        }
        for process in 0..self.processes.len() {
            let at = self.dice.below(20);
            self.order(at, Order::Start(process));
        }
        for number in 0..wanted {
            let at = 20 + self.dice.pick(&[0, 5, 500, 4_000]);
            self.order(at, Order::Submit(number));
        }
        for (at, fault) in self.plan.moments.clone() {
            self.order(20 + at, Order::Moment(fault));
        }
        let heals = self.plan.heals_at;
        self.order(heals, Order::Heal);
        if self.plan.attended {
            self.order(1_000, Order::Settle);
        }
    }

    fn judge_end(&mut self, out_of_time: Option<String>, panics: &[String]) {
        let queue = (!self.lanes.is_quiet()).then(|| self.lanes.told());
        let end = End {
            services: &self.services,
            kept: &self.kept,
            queue,
            out_of_time,
            panics,
        };
        self.books.end(&end);
    }
}
