//! The one that writes: takes everything asked for, commits it, and gives space back in between.

use super::collect::{self, Round};
use super::commit::{Op, commit, lock};
use super::log::Log;
use super::state::State;
use baton_engine::store::Durability;
use baton_shared::port::StoreError;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a full disk is asked whether it has room again, and how old unsynced bytes may get under
/// [`Durability::Second`].
const PULSE: Duration = Duration::from_secs(1);

/// What callers and writer share.
pub(super) struct Shared {
    pub state: Mutex<State>,
    pub inlet: Mutex<Inlet>,
    /// Rung when the inlet has something.
    pub bell: Condvar,
    pub trouble: Mutex<Option<StoreError>>,
    pub durability: Durability,
    /// A commit is synced before it is answered.
    pub sync_each: bool,
}

#[derive(Default)]
pub(super) struct Inlet {
    pub ops: VecDeque<Op>,
    pub closed: bool,
}

pub(super) struct Writer {
    log: Log,
    waiting: VecDeque<Op>,
    round: Option<Round>,
    /// Space is not given back any more: a segment could not be read or removed.
    stuck: bool,
}

impl Writer {
    pub(super) fn new(log: Log) -> Self {
        Self {
            log,
            waiting: VecDeque::new(),
            round: None,
            stuck: false,
        }
    }

    /// Works until the inlet is closed and empty.
    pub(super) fn run(&mut self, shared: &Shared) {
        let mut synced = Instant::now();
        while self.wait(shared, synced) {
            self.turn(shared);
            if self.log.is_dirty() && due_for_sync(shared, synced) {
                self.sync(shared);
            }
            if !self.log.is_dirty() {
                synced = Instant::now();
            }
        }
        if self.log.is_dirty() {
            self.sync(shared);
        }
    }

    /// Commits what waits, or does one step of giving space back. False when there was nothing to do.
    pub(super) fn turn(&mut self, shared: &Shared) -> bool {
        self.waiting.append(&mut lock(&shared.inlet).ops);
        let mut busy = !self.waiting.is_empty();
        if busy {
            let Shared {
                state,
                trouble,
                sync_each,
                ..
            } = shared;
            commit(&mut self.waiting, state, trouble, &mut self.log, *sync_each);
        }
        busy |= self.collect(shared);
        busy
    }

    /// Asks a disk that refused whether it takes writes again.
    pub(super) fn probe(&mut self, shared: &Shared) {
        let trouble = self.log.probe().err();
        *lock(&shared.trouble) = trouble;
    }

    /// Waits for something to do; false when it is time to end.
    fn wait(&mut self, shared: &Shared, synced: Instant) -> bool {
        loop {
            if !self.waiting.is_empty() || self.next_round(shared).is_some() {
                return true;
            }
            let troubled = lock(&shared.trouble).is_some();
            let inlet = lock(&shared.inlet);
            if !inlet.ops.is_empty() {
                return true;
            }
            if inlet.closed {
                return false;
            }
            let dirty = self.log.is_dirty() && shared.durability == Durability::Second;
            if !troubled && !dirty {
                drop(
                    shared
                        .bell
                        .wait(inlet)
                        .unwrap_or_else(PoisonError::into_inner),
                );
                continue;
            }
            let pause = if dirty {
                PULSE.saturating_sub(synced.elapsed())
            } else {
                PULSE
            };
            let waited = shared.bell.wait_timeout(inlet, pause);
            let (inlet, waited) = waited.unwrap_or_else(PoisonError::into_inner);
            drop(inlet);
            if waited.timed_out() {
                if troubled {
                    self.probe(shared);
                }
                if dirty {
                    return true;
                }
            }
        }
    }

    fn sync(&mut self, shared: &Shared) {
        if let Err(error) = self.log.sync() {
            *lock(&shared.trouble) = Some(error);
        }
    }

    fn next_round(&self, shared: &Shared) -> Option<Round> {
        if self.stuck || lock(&shared.trouble).is_some() {
            return None;
        }
        let head = self.log.head().stamp.number;
        self.round
            .or_else(|| collect::begin(&lock(&shared.state), head))
    }

    fn collect(&mut self, shared: &Shared) -> bool {
        let Some(round) = self.next_round(shared) else {
            return false;
        };
        match collect::step(round, &shared.state, &mut self.log) {
            Ok(next) => self.round = next,
            Err(StoreError::Full(why)) => *lock(&shared.trouble) = Some(StoreError::Full(why)),
            Err(error) => {
                tracing::error!(%error, "space of forgotten sagas is not given back until restart");
                self.stuck = true;
                // A log that may not be written any more says so itself.
                if let Err(error) = self.log.probe() {
                    *lock(&shared.trouble) = Some(error);
                }
            }
        }
        true
    }
}

fn due_for_sync(shared: &Shared, synced: Instant) -> bool {
    shared.durability == Durability::Second && synced.elapsed() >= PULSE
}
