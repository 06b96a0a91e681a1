//! The world: time, what will happen, and everything that outlives a process.
//!
//! ```text
//!   port operation ─► begin: draws its fate ─► there (done or not) ─► back (the process learns it)
//!                                               event in the heap      event in the heap
//! ```
//!
//! Every operation of a port is two events: it happens at one moment, and is known at a later one.
//! In between others act, and the process may die. Which comes first, and how it ends, is the seed's.

use crate::books::Books;
use crate::dice::Dice;
use crate::fault::{Fault, Plan};
use crate::lanes::Lanes;
use crate::service::Services;
use crate::store::Kept;
use crate::trace::Trace;
use baton_shared::SagaId;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

/// 2027-01-15, in ms: the moment every run begins.
pub const BEGIN: u64 = 1_800_000_000_000;

/// What outlives the processes, behind one lock: only one thread ever takes it.
#[derive(Clone)]
pub struct World(Arc<Mutex<Inside>>);

/// One life of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Who {
    pub process: usize,
    pub life: u32,
}

/// What a process may ask of the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Append,
    Load,
    Due,
    Settle,
    NextDue,
    List,
    Forget,
    Get,
    PutNew,
    Scan,
    Remove,
    Publish,
    Open,
    Ack,
    Reject,
    Call,
}

/// A process of the run.
#[derive(Clone, Debug)]
pub struct Process {
    pub orchestrator: bool,
    pub life: u32,
    pub up: bool,
    /// Stands still until then.
    pub frozen_until: u64,
    /// By how much its clock is wrong, in ms.
    pub skew: i64,
}

pub struct Inside {
    pub now: u64,
    pub dice: Dice,
    pub plan: Plan,
    pub processes: Vec<Process>,
    pub kept: Kept,
    pub lanes: Lanes,
    pub services: Services,
    pub books: Books,
    pub trace: Trace,
    /// Those that just died; the executor drops their futures.
    pub fallen: Vec<Who>,
    /// What the executor is asked to do.
    pub orders: VecDeque<Order>,
    /// Power cuts so far: what was asked for before one does not land after it.
    pub cuts: u32,
    /// Operations under way.
    pub under_way: usize,
    /// Requests that are carried out long after everybody gave them up.
    pub late: usize,
    events: BinaryHeap<Reverse<Event>>,
    made: u64,
    /// No executor: every operation is carried out at once. For the contract of the ports.
    prompt: bool,
}

/// What only the executor can do: it alone has the futures.
#[derive(Clone, Debug)]
pub enum Order {
    Start(usize),
    /// Somebody submits this saga, unless it was accepted before.
    Submit(usize),
    Accepted(usize),
    Moment(Fault),
    Heal,
    /// People look what waits for them.
    Settle,
    /// Somebody has enough of this saga.
    Cancel(SagaId),
}

type Action = Box<dyn FnOnce(&mut Inside) + Send>;

struct Event {
    at: u64,
    tie: u32,
    number: u64,
    action: Action,
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}
impl Eq for Event {}
impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Event {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.tie, self.number).cmp(&(other.at, other.tie, other.number))
    }
}

impl World {
    pub fn new(dice: Dice, plan: Plan, books: Books, trace: Trace) -> Self {
        let process = |orchestrator| Process {
            orchestrator,
            life: 0,
            up: false,
            frozen_until: 0,
            skew: 0,
        };
        let mut processes = vec![process(true); plan.orchestrators];
        processes.extend(vec![process(false); plan.workers]);
        Self(Arc::new(Mutex::new(Inside {
            now: BEGIN,
            dice,
            kept: Kept::new(plan.second),
            plan,
            processes,
            lanes: Lanes::default(),
            services: Services::default(),
            books,
            trace,
            fallen: Vec::new(),
            orders: VecDeque::new(),
            cuts: 0,
            under_way: 0,
            late: 0,
            events: BinaryHeap::new(),
            made: 0,
            prompt: false,
        })))
    }

    /// A world without processes and faults, in which everything is done when it is asked for.
    pub fn prompt() -> Self {
        let mut dice = Dice::new(1);
        let plan = Plan::fair(&mut dice);
        let world = Self::new(dice, plan, Books::default(), Trace::new(false));
        let mut inside = world.lock();
        inside.prompt = true;
        for process in &mut inside.processes {
            (process.up, process.life) = (true, 1);
        }
        drop(inside);
        world
    }

    pub fn lock(&self) -> MutexGuard<'_, Inside> {
        // A law that broke may have panicked within; the rest is then only looked at.
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The ports of one life of a process.
    pub fn port(&self, who: Who) -> Port {
        Port {
            world: self.clone(),
            who,
        }
    }
}

/// What one life of a process sees of the world.
#[derive(Clone)]
pub struct Port {
    pub world: World,
    pub who: Who,
}

/// How an operation goes.
#[derive(Clone, Copy, Debug)]
pub struct Fate {
    pub fault: Option<Fault>,
    dies_before: bool,
    dies_after: bool,
    there: u64,
    back: u64,
    /// It is slow on the way back.
    slow_back: bool,
}

impl Fate {
    /// The fault that who asked can learn of, or that others can: who dies at once hears no answer.
    fn shown(self) -> Option<Fault> {
        let unheard = |fault: &Fault| match fault {
            Fault::StoreUnsaid | Fault::ConfirmLost => true,
            Fault::StoreSlow | Fault::SlowAnswer => self.slow_back,
            _ => false,
        };
        self.fault
            .filter(|fault| !(self.dies_after && unheard(fault)))
    }
}

/// Where an answer is put, and who waits for it.
struct Slot<T>(Mutex<(Option<T>, Option<Waker>)>);

struct Answer<T>(Arc<Slot<T>>);

impl<T> Slot<T> {
    fn fill(&self, value: T) {
        let mut slot = self.0.lock().expect("no panic while filling");
        slot.0 = Some(value);
        let waker = slot.1.take();
        drop(slot);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for Answer<T> {
    type Output = T;
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut slot = self.0.0.lock().expect("no panic while filling");
        if let Some(value) = slot.0.take() {
            return Poll::Ready(value);
        }
        slot.1 = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Port {
    /// Asks something of the outside. `does` is carried out there, once or never, with the fault
    /// that meets it, and gives the answer; no answer ever comes where it gives none.
    pub async fn ask<T: Send + 'static>(
        &self,
        act: Act,
        does: impl FnOnce(&mut Inside, Option<Fault>) -> Option<T> + Send + 'static,
    ) -> T {
        self.begin(act, does).await
    }

    fn begin<T: Send + 'static>(
        &self,
        act: Act,
        does: impl FnOnce(&mut Inside, Option<Fault>) -> Option<T> + Send + 'static,
    ) -> Answer<T> {
        let slot = Arc::new(Slot(Mutex::new((None, None))));
        let mut inside = self.world.lock();
        let fate = inside.fate(self.who, act);
        let (who, answer, cuts) = (self.who, slot.clone(), inside.cuts);
        inside.under_way += 1;
        inside.after(fate.there, move |inside| {
            inside.under_way -= 1;
            if inside.cuts == cuts || inside.lives(who) {
                inside.happens(who, act, fate, does, &answer);
            }
        });
        if inside.prompt {
            inside.carry_out_all();
        }
        drop(inside);
        Answer(slot)
    }
}

impl Inside {
    fn happens<T: Send + 'static>(
        &mut self,
        who: Who,
        act: Act,
        fate: Fate,
        does: impl FnOnce(&mut Self, Option<Fault>) -> Option<T>,
        answer: &Arc<Slot<T>>,
    ) {
        if !self.lives(who) {
            // It died meanwhile: what it had asked for is on its way, or never left.
            if act != Act::Open && self.dice.chance(500) {
                self.note(who, act, fate, "by one who died");
                does(self, None);
            }
            return;
        }
        let (before, after) = deaths(self.processes[who.process].orchestrator);
        if fate.dies_before {
            self.note(who, act, fate, "dies before");
            self.plan.note(before);
            return self.falls(who);
        }
        self.note(who, act, fate, "");
        if let Some(fault) = fate.shown().filter(|fault| !tells_itself(act, *fault)) {
            self.plan.note(fault);
        }
        let value = does(self, fate.fault);
        if fate.dies_after {
            self.note(who, act, fate, "dies after");
            self.plan.note(after);
            return self.falls(who);
        }
        let Some(value) = value else { return };
        if fate.back == 0 {
            return answer.fill(value);
        }
        let answer = answer.clone();
        self.under_way += 1;
        self.after(fate.back, move |inside| {
            inside.under_way -= 1;
            answer.fill(value);
        });
    }

    fn note(&mut self, who: Who, act: Act, fate: Fate, word: &str) {
        let fault = fate.fault.map_or(0, |fault| 1 + fault as u64);
        let code = (act as u64) | (fault << 8) | ((who.process as u64) << 16);
        self.trace.mix(code ^ self.now.rotate_left(32));
        let now = self.now - BEGIN;
        self.trace.tell(now, || {
            let fault = fate.fault.map(Fault::name).unwrap_or_default();
            format!("p{}.{} {act:?} {fault} {word}", who.process, who.life)
        });
    }

    pub fn lives(&self, who: Who) -> bool {
        let process = &self.processes[who.process];
        process.up && process.life == who.life
    }

    /// Its futures are dropped before anything else happens.
    pub fn falls(&mut self, who: Who) {
        if self.lives(who) {
            self.processes[who.process].up = false;
            self.fallen.push(who);
        }
    }

    fn fate(&mut self, who: Who, act: Act) -> Fate {
        let (plan, dice) = (&mut self.plan, &mut self.dice);
        let mut fate = Fate {
            fault: None,
            dies_before: false,
            dies_after: false,
            there: dice.below(3),
            back: dice.below(4).saturating_sub(1),
            slow_back: false,
        };
        if plan.healed || self.prompt {
            return fate;
        }
        let (before, after) = deaths(self.processes[who.process].orchestrator);
        fate.dies_before = plan.comes(before, dice);
        fate.dies_after = !fate.dies_before && plan.comes(after, dice);
        fate.fault = plan.first(faults_of(act), dice);
        if let Some(Fault::StoreSlow | Fault::SlowAnswer) = fate.fault {
            let slow = dice.pick(&[50, 400, 3_000, 12_000]);
            if dice.chance(500) {
                fate.there += slow;
            } else {
                fate.back += slow;
                fate.slow_back = true;
            }
        }
        fate
    }

    /// Lets something happen `by` ms later.
    pub fn after(&mut self, by: u64, action: impl FnOnce(&mut Self) + Send + 'static) {
        self.made += 1;
        let tie = u32::try_from(self.dice.roll() >> 40).unwrap_or(0);
        self.events.push(Reverse(Event {
            at: self.now + by,
            tie,
            number: self.made,
            action: Box::new(action),
        }));
    }

    pub fn order(&mut self, by: u64, order: Order) {
        self.after(by, move |inside| inside.orders.push_back(order));
    }

    /// The next event happens, and time goes to its moment. False when there is none.
    pub fn go_on(&mut self) -> bool {
        let Some(Reverse(event)) = self.events.pop() else {
            return false;
        };
        self.now = self.now.max(event.at);
        (event.action)(self);
        true
    }

    pub fn next_at(&self) -> Option<u64> {
        self.events.peek().map(|Reverse(event)| event.at)
    }

    fn carry_out_all(&mut self) {
        while self.go_on() {}
    }
}

/// How a process dies at an operation: before it, and after it.
fn deaths(orchestrator: bool) -> (Fault, Fault) {
    if orchestrator {
        (Fault::OrchestratorDiesBefore, Fault::OrchestratorDiesAfter)
    } else {
        (Fault::WorkerDiesBefore, Fault::WorkerDiesAfter)
    }
}

/// Whether the operation itself counts this fault, because it alone knows whether anything comes of it.
fn tells_itself(act: Act, fault: Fault) -> bool {
    match act {
        Act::Append => matches!(fault, Fault::StoreStale | Fault::StoreUnsaid),
        Act::Call => matches!(fault, Fault::DoneLate | Fault::Refused | Fault::Gone),
        _ => false,
    }
}

/// What can go wrong with an operation, besides that who asks for it dies.
fn faults_of(act: Act) -> &'static [Fault] {
    use Fault as F;
    match act {
        Act::Append => &[
            F::StoreNotDone,
            F::StoreUnsaid,
            F::StoreSlow,
            F::StoreFull,
            F::StoreStale,
        ],
        Act::PutNew => &[F::StoreNotDone, F::StoreUnsaid, F::StoreSlow, F::StoreFull],
        Act::Due | Act::Settle | Act::Forget | Act::Remove => {
            &[F::StoreNotDone, F::StoreUnsaid, F::StoreSlow]
        }
        Act::Load | Act::NextDue | Act::List | Act::Get | Act::Scan => {
            &[F::StoreNotDone, F::StoreSlow]
        }
        // Each message of a batch has a fate of its own.
        Act::Publish => &[F::QueueFull],
        Act::Open => &[],
        Act::Ack | Act::Reject => &[F::QueueLost, F::ConfirmLost],
        Act::Call => &[
            F::NotSent,
            F::RequestLost,
            F::DoneSilently,
            F::DoneLate,
            F::ErrorDone,
            F::ErrorNotDone,
            F::Refused,
            F::Gone,
            F::Busy,
            F::WrongBody,
            F::SlowAnswer,
        ],
    }
}
