//! The search: every fault at every point, by cloning the world where a fault may strike.
//!
//! ```text
//!   tree(world, 2)  ●───●───●───●── end      a point before every input
//!                   │   │   ╰ fault ─ tree(.., 1) ●───●── end
//!                   │   ╰ fault ─ …               ╰ fault ─ leaf(..)  runs to its end
//!                   ╰ fault ─ …
//! ```
//!
//! Worlds whose hashes agree go on alike, so a world that was seen with as many faults still to come
//! is not walked again, and a run that reaches one takes over its end. That is sound: a hash covers
//! all that decisions, services and the judge look at. (That two different worlds share a hash of 64
//! bits is as likely as a fault of the machine.)

use super::back::{scouted, ways_back};
use super::ending::{Ending, Trouble};
use super::fault::Fault;
use super::law::Broken;
use super::world::{Next, World};
use crate::saga::Input;
use crate::workflow::{TaskIndex, Workflow};
use foldhash::fast::FixedState;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// So many inputs, and a run has no end.
pub(super) const INPUTS_MAX: u32 = 5_000;

/// So far a run looks for a world that was seen before. Most meet one at once or never, and a world of
/// a long loop is large.
const PRINTS_MAX: usize = 64;

/// What an exploration came through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Moments at which faults could strike.
    pub points: u64,
    /// Faults that were injected.
    pub faults: u64,
    /// Runs from a fault to an end, or to a world that was seen before.
    pub runs: u64,
    /// Different worlds.
    pub states: u64,
    /// Inputs that were decided on.
    pub inputs: u64,
}

/// A fault, and what it struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Struck {
    /// The task whose attempt it was, or during which it came.
    pub task: Option<TaskIndex>,
    /// Its undoing was struck.
    pub undo: bool,
    pub fault: Fault,
}

/// A slice of the faults at the first level: the `part`th of `of`.
#[derive(Clone, Copy, Debug)]
pub struct Shard {
    pub part: u64,
    pub of: u64,
}

/// One run: what struck, in its order, and how it ended.
#[derive(Clone, Copy, Debug)]
pub struct Run<'r> {
    pub struck: &'r [Struck],
    pub ending: &'r Ending,
    /// So far.
    pub counts: Counts,
}

/// What is passed without being struck.
#[derive(Clone, Debug)]
struct Spared {
    /// It was struck before.
    known: BTreeSet<Place>,
    /// On a way back: nothing is struck but undoings, and what is done when all is undone.
    forward: bool,
}

/// A moment that some run came to.
#[derive(Clone, Debug)]
struct Met<'a> {
    world: World<'a>,
    trail: Vec<Struck>,
}

pub(super) struct Search<'a, 's> {
    workflow: &'a Workflow,
    /// How often one task is struck on one path, if that is bounded: iterations of a loop are alike.
    often: Option<u32>,
    shard: Shard,
    /// What is passed without being struck, if anything is.
    spared: Option<Spared>,
    /// The first moment of each place, and what had struck until then; kept where one fault is looked at
    /// at a time.
    met: Option<BTreeMap<Place, Met<'a>>>,
    /// Faults at the first level so far.
    dealt: u64,
    ends: HashMap<u64, Arc<Ending>, FixedState>,
    walked: HashSet<(u64, usize), FixedState>,
    trail: Vec<Struck>,
    /// Tasks that came up in some run.
    pub reached: BTreeSet<TaskIndex>,
    /// `often` left something out.
    pub cut: bool,
    pub counts: Counts,
    /// Told of every run.
    on_run: &'s mut dyn FnMut(Run<'_>),
}

impl<'a, 's> Search<'a, 's> {
    pub(super) fn new(
        workflow: &'a Workflow,
        often: Option<u32>,
        shard: Shard,
        on_run: &'s mut dyn FnMut(Run<'_>),
    ) -> Self {
        Self {
            workflow,
            often,
            shard,
            spared: None,
            met: None,
            dealt: 0,
            ends: HashMap::default(),
            walked: HashSet::default(),
            trail: Vec::new(),
            reached: BTreeSet::new(),
            cut: false,
            counts: Counts::default(),
            on_run,
        }
    }

    /// A run without any more faults, from here to its end.
    pub(super) fn leaf(&mut self, mut world: World<'a>) -> Arc<Ending> {
        let mut passed = Vec::new();
        let ending = loop {
            if passed.len() < PRINTS_MAX {
                let print = world.print();
                if let Some(known) = self.ends.get(&print) {
                    break Arc::clone(known);
                }
                passed.push(print);
            }
            let next = world.next();
            match next {
                Next::Over | Next::Held => {
                    self.came_up(&world);
                    break Arc::new(self.judged(&world, &next));
                }
                _ if world.inputs >= INPUTS_MAX => {
                    let endless = Trouble::Endless(world.inputs);
                    break Arc::new(Ending::of_trouble(&world, endless));
                }
                next => {
                    self.meet(&world, &next);
                    self.counts.inputs += 1;
                    if let Err(broken) = world.step(next) {
                        let broken = Trouble::Broken(broken);
                        break Arc::new(Ending::of_trouble(&world, broken));
                    }
                }
            }
        };
        self.counts.states += passed.len() as u64;
        for print in passed {
            self.ends.insert(print, Arc::clone(&ending));
        }
        ending
    }

    /// Strikes every undoing that is not `known`: on the way back with most to undo after which nothing is
    /// left, or else with most to undo; and on the others what did not come up before. What a block undoes
    /// as a whole, for one, is undone step by step only while the block is at work. Returns `known` with
    /// what was struck.
    pub(super) fn ways_back(
        &mut self,
        mut backs: Vec<World<'a>>,
        mut known: BTreeSet<Place>,
    ) -> BTreeSet<Place> {
        let clean = |back: &World<'a>| self.leaf(back.clone()).is_clean();
        let best = backs.iter().rposition(clean);
        let best = best.map(|at| backs.remove(at));
        for back in best.into_iter().chain(backs.into_iter().rev()) {
            self.spared = Some(Spared {
                known: known.clone(),
                forward: true,
            });
            known.extend(self.tree(back, 1));
        }
        self.spared = None;
        known
    }

    /// From now on the first moment of each place is kept, for [`Self::beyond`].
    pub(super) fn look_out(&mut self) {
        self.met = Some(BTreeMap::new());
    }

    fn meet(&mut self, world: &World<'a>, next: &Next) {
        let Some(met) = &mut self.met else { return };
        met.entry(place(world, next)).or_insert_with(|| Met {
            world: world.clone(),
            trail: self.trail.clone(),
        });
    }

    /// Strikes what comes up only when something has struck before, a handler's tasks for one, and their
    /// undoings: each once, on the first run that came to it. `known` was struck before.
    pub(super) fn beyond(&mut self, mut known: BTreeSet<Place>) -> Result<(), Broken> {
        while let Some((place, met)) = self.first_met(&known) {
            self.trail = met.trail;
            self.spared = Some(Spared {
                known: known.clone(),
                forward: false,
            });
            known.extend(self.tree(met.world.clone(), 1));
            let (moments, _) = scouted(&met.world)?;
            let backs = ways_back(met.world, moments)?;
            known.insert(place);
            known = self.ways_back(backs, known);
        }
        self.trail.clear();
        Ok(())
    }

    /// What was met and is not known: the one with the fewest faults before it.
    fn first_met(&mut self, known: &BTreeSet<Place>) -> Option<(Place, Met<'a>)> {
        let met = self.met.as_mut()?;
        met.retain(|place, _| !known.contains(place));
        let first = met.iter().min_by_key(|(_, met)| met.trail.len());
        let place = *first?.0;
        met.remove_entry(&place)
    }

    fn came_up(&mut self, world: &World<'a>) {
        let tracks = world.judge.tracks.iter();
        self.reached.extend(tracks.map(|track| track.task));
    }

    fn judged(&mut self, world: &World<'a>, next: &Next) -> Ending {
        match next {
            Next::Held => self.held(world),
            _ => Ending::of(world, self.workflow),
        }
    }

    /// A person retries, skips or drops what is held. Retrying is what a clean end may need; after
    /// the other two only the laws are judged, since an effect is then left on a person's word.
    fn held(&mut self, world: &World<'a>) -> Ending {
        let mut ending = Ending::of(world, self.workflow);
        if ending.trouble.is_some() {
            return ending;
        }
        if world.judge.by_hand {
            return ending;
        }
        let mut retried = world.clone();
        retried.heal();
        ending.retried = Some(Box::new(self.settled(retried, settle_by_retry)));
        for settle in [settle_by_skip, settle_by_drop] {
            let mut world = world.clone();
            world.heal();
            world.judge.by_hand = true;
            let trouble = self.settled(world, settle).trouble;
            ending.trouble = ending.trouble.or(trouble);
        }
        ending
    }

    /// Every letter is settled, until it is over; held again by a retry it stays so.
    fn settled(&mut self, mut world: World<'a>, settle: fn(&mut World<'a>) -> Settled) -> Ending {
        for _ in 0..16 {
            if let Err(broken) = settle(&mut world) {
                return Ending::of_trouble(&world, Trouble::Broken(broken));
            }
            loop {
                let next = world.next();
                match next {
                    Next::Over => return Ending::of(&world, self.workflow),
                    Next::Held if world.judge.by_hand => break,
                    Next::Held => return Ending::of(&world, self.workflow),
                    _ if world.inputs >= INPUTS_MAX => {
                        return Ending::of_trouble(&world, Trouble::Endless(world.inputs));
                    }
                    next => {
                        self.counts.inputs += 1;
                        if let Err(broken) = world.step(next) {
                            return Ending::of_trouble(&world, Trouble::Broken(broken));
                        }
                    }
                }
            }
        }
        Ending::of_trouble(&world, Trouble::Endless(world.inputs))
    }

    /// Every fault at every point from here on, and up to `budget` of them in one run. Returns what was
    /// struck first in them.
    pub(super) fn tree(&mut self, mut world: World<'a>, budget: usize) -> BTreeSet<Place> {
        let mut strikes: HashMap<Place, u32> = HashMap::new();
        loop {
            if !self.walked.insert((world.print(), budget)) {
                return strikes.into_keys().collect();
            }
            let next = world.next();
            if matches!(next, Next::Over | Next::Held) || world.inputs >= INPUTS_MAX {
                // Beyond a fault its run has been told before.
                if !self.trail.is_empty() && self.spared.is_none() {
                    self.ended(world);
                }
                return strikes.into_keys().collect();
            }
            let at = place(&world, &next);
            if !self.is_spared(&world, &next, at) {
                let struck = strikes.entry(at).or_default();
                *struck += 1;
                let cut = self.often.is_some_and(|often| *struck > often);
                self.cut |= cut;
                if !cut {
                    self.strike_all(&world, &next, at, budget);
                }
            }
            self.counts.inputs += 1;
            if let Err(broken) = world.step(next) {
                let ending = Ending::of_trouble(&world, Trouble::Broken(broken));
                self.told(&ending);
                return strikes.into_keys().collect();
            }
        }
    }

    fn is_spared(&self, world: &World<'a>, next: &Next, at: Place) -> bool {
        let Some(spared) = &self.spared else {
            return false;
        };
        spared.known.contains(&at) || (spared.forward && world.is_forward(next))
    }

    fn strike_all(&mut self, world: &World<'a>, next: &Next, (task, undo): Place, budget: usize) {
        let mut struck = false;
        for fault in Fault::OF_ATTEMPTS.into_iter().chain(Fault::AT_ANY_TIME) {
            if !world.admits(fault, next) || (self.trail.is_empty() && !self.is_dealt()) {
                continue;
            }
            self.counts.points += u64::from(!std::mem::replace(&mut struck, true));
            self.counts.faults += 1;
            self.trail.push(Struck { task, undo, fault });
            let mut branch = world.clone();
            match branch.strike(fault) {
                Err(broken) => {
                    let ending = Ending::of_trouble(&branch, Trouble::Broken(broken));
                    self.told(&ending);
                }
                Ok(()) if budget > 1 => drop(self.tree(branch, budget - 1)),
                Ok(()) => self.ended(branch),
            }
            self.trail.pop();
        }
    }

    /// Whether the next fault of the first level belongs to this shard.
    fn is_dealt(&mut self) -> bool {
        self.dealt += 1;
        self.dealt % self.shard.of == self.shard.part % self.shard.of
    }

    fn ended(&mut self, world: World<'a>) {
        let ending = self.leaf(world);
        self.told(&ending);
    }

    pub(super) fn told(&mut self, ending: &Ending) {
        self.counts.runs += 1;
        (self.on_run)(Run {
            struck: &self.trail,
            ending,
            counts: self.counts,
        });
    }
}

type Settled = Result<(), String>;

fn letters(world: &World<'_>) -> Vec<baton_shared::StepId> {
    world
        .saga
        .letters()
        .map(|letter| letter.step.clone())
        .collect()
}

fn settle_by_retry(world: &mut World<'_>) -> Settled {
    for step in letters(world) {
        world.tell(Input::Retry { step, input: None })?;
    }
    Ok(())
}

fn settle_by_skip(world: &mut World<'_>) -> Settled {
    for step in letters(world) {
        let (output, reason) = (json!({}), Some("by hand".to_owned()));
        world.tell(Input::Skip {
            step,
            output,
            reason,
        })?;
    }
    Ok(())
}

fn settle_by_drop(world: &mut World<'_>) -> Settled {
    for step in letters(world) {
        let reason = "by hand".to_owned();
        world.tell(Input::Drop { step, reason })?;
    }
    Ok(())
}

/// The task at work at a point, and whether it is being undone.
pub(super) type Place = (Option<TaskIndex>, bool);

pub(super) fn place(world: &World<'_>, next: &Next) -> Place {
    match next {
        Next::Job(job) => {
            let undo = job.id.kind == baton_shared::JobKind::Compensation;
            (world.task_of(job), undo)
        }
        _ => world.leaf(),
    }
}
