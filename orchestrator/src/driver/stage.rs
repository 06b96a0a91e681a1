//! The first stage: load what is not in memory, decide, append. One batch after the other; other stages
//! have other sagas.
//!
//! ```text
//!   turns ─► gather (cache, one load) ─► decide ─► ONE append ─► answers, and what to perform
//!     ▲                                    │          │
//!     └── decide again: nothing came of it in memory, or somebody else moved the saga ◄┘
//! ```

use super::Shared;
use super::conclude::{Ready, Unheard};
use super::decide::{Before, Decided, Known, decide_turn};
use super::perform::Performance;
use super::request::{Ask, Declined};
use super::turn::{Item, Message, Turn};
use crate::lru::Lru;
use crate::orphan::Orphan;
use crate::outside::Ports;
use baton_engine::saga::{Saga, event};
use baton_engine::store::{AppendError, Store, Stored, Version};
use baton_shared::planted::{self, Bug};
use baton_shared::port::{Clock, StoreError};
use baton_shared::{SagaId, Timestamp};
use std::time::Duration;
use tokio::sync::mpsc;

/// Pauses before the very same append is sent again after a lost answer.
const REPEATS: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(500)];
/// How often a message of an unreadable saga is tried before it is kept as an orphan: about half a
/// minute. It must not hold a place in the prefetch for ever.
const UNREADABLE_TRIES: u32 = 8;

/// So many sagas are remembered of which the store did not say whether it wrote something.
const UNHEARD: usize = 512;
/// And so many transitions of one of them: one that is submitted again and again is not read in between.
const UNHEARD_OF_ONE: usize = 16;

pub(super) struct Stage<'a, P> {
    pub(super) shared: &'a Shared<P>,
    pub(super) cache: Lru<SagaId, Known>,
    /// Transitions that may be written, until their sagas are read again.
    pub(super) unheard: Lru<SagaId, Vec<Unheard>>,
    /// Where messages go that are to be tried again later.
    returned: mpsc::UnboundedSender<Message>,
    /// What the batch at hand owes the outside.
    pub(super) owes: Performance,
}

impl<'a, P: Ports> Stage<'a, P> {
    pub(super) fn new(shared: &'a Shared<P>, returned: mpsc::UnboundedSender<Message>) -> Self {
        Self {
            shared,
            cache: Lru::new(shared.settings.cache / shared.settings.deciding.max(1)),
            unheard: Lru::new(UNHEARD),
            returned,
            owes: Performance::default(),
        }
    }

    /// Moves a batch of sagas on, and returns what must now be performed.
    pub(super) async fn run(&mut self, mut turns: Vec<Turn>) -> Performance {
        for round in 0..self.shared.settings.tries.max(2) {
            if turns.is_empty() {
                break;
            }
            turns = self.round(turns, round == 0).await;
        }
        for turn in turns {
            let declined = Declined::Contended(turn.saga.clone());
            self.put_off(turn, &declined);
        }
        std::mem::take(&mut self.owes)
    }

    /// Returns the turns that must be decided again on newer state.
    async fn round(&mut self, turns: Vec<Turn>, first: bool) -> Vec<Turn> {
        let now = self.now();
        let mut again = Vec::new();
        let mut ready = Vec::with_capacity(turns.len());
        for (turn, before) in self.gather(turns, first).await {
            match decide_turn(self.shared, turn, before, now) {
                Ok(decided) => match self.sort(decided, now) {
                    Sorted::Append(next) => ready.push(*next),
                    Sorted::Again(turn) => again.push(turn),
                    Sorted::Done => {}
                },
                Err(broken) => {
                    let declined = Declined::Unreadable {
                        saga: broken.turn.saga.clone(),
                        fault: broken.fault,
                    };
                    self.put_off(broken.turn, &declined);
                }
            }
        }
        // Before: nothing happened, everything comes again. Within: each transition is there whole,
        // with its duty to publish, or not at all. After: what was answered is kept.
        #[cfg(feature = "planted")]
        self.perform_early(&ready).await;
        let answers = self.append(&ready, now).await;
        for (next, Answered { said, unsure }) in ready.into_iter().zip(answers) {
            match said {
                Ok(()) => self.conclude(next, now),
                // The store may have written it when it did not say so, and somebody else moved on from there.
                Err(AppendError::Stale { .. }) if unsure => again.push(self.remember(next)),
                Err(AppendError::Stale { .. }) => again.push(next.overtaken()),
                Err(AppendError::Store(error)) => {
                    let turn = if unsure {
                        self.remember(next)
                    } else {
                        next.turn
                    };
                    self.put_off(turn, &Declined::Store { error, unsure });
                }
            }
        }
        again
    }

    /// The turn, of a transition that may be written.
    fn remember(&mut self, next: Ready) -> Turn {
        let (turn, unheard) = next.unheard();
        let mut all = self.unheard.take(&turn.saga).unwrap_or_default();
        if all.len() < UNHEARD_OF_ONE {
            all.push(unheard);
        }
        self.unheard.put(turn.saga.clone(), all);
        turn
    }

    /// What each turn is to be decided on. Turns whose saga cannot be had are put off.
    async fn gather(&mut self, turns: Vec<Turn>, first: bool) -> Vec<(Turn, Before)> {
        let mut gathered = Vec::with_capacity(turns.len());
        let mut missing = Vec::new();
        for turn in turns {
            if let Some(known) = self.cache.take(&turn.saga) {
                gathered.push((turn, Before::Cached(known)));
            } else if first && begins_with_submission(&turn) {
                gathered.push((turn, Before::Unknown));
            } else {
                missing.push(turn);
            }
        }
        if missing.is_empty() {
            return gathered;
        }
        let ids = missing.iter().map(|turn| turn.saga.clone()).collect();
        // Reading changes nothing: dying around it loses nothing.
        let loaded = self.shared.ports.store().load(ids).await;
        for (turn, stored) in missing.into_iter().zip(loaded) {
            if let Ok(stored) = &stored {
                let found = stored.as_ref().map(|stored| stored.version);
                self.notice_loss(&turn, found.unwrap_or_default());
                self.hear(&turn.saga, stored.as_ref());
            }
            match self.revive(&turn.saga, stored).await {
                Ok(before) => gathered.push((turn, before)),
                Err(declined) => self.put_off(turn, &declined),
            }
        }
        gathered
    }

    /// A live saga's journal never grows shorter. Where it did, the store was emptied or an older copy
    /// took its place: we go on from what there is, and say so.
    fn notice_loss(&self, turn: &Turn, found: Version) {
        let Some(known) = turn.known.filter(|known| known.lost(found)) else {
            return;
        };
        tracing::error!(
            saga = %turn.saga, known = known.seq, found = found.seq,
            "the store has lost events that it had acknowledged; was it emptied, or restored from an older copy?"
        );
        self.shared.metrics.lose();
    }

    async fn revive(
        &self,
        id: &SagaId,
        stored: Result<Option<Stored>, StoreError>,
    ) -> Result<Before, Declined> {
        let trouble = |error| Declined::Store {
            error,
            unsure: false,
        };
        let Some(stored) = stored.map_err(trouble)? else {
            return Ok(Before::Absent);
        };
        let unreadable = |fault: String| Declined::Unreadable {
            saga: id.clone(),
            fault,
        };
        let journal = event::decode(&stored.events).map_err(unreadable)?;
        let saga = Saga::replay(id.clone(), &journal)
            .ok_or_else(|| unreadable("its journal is empty".to_owned()))?;
        let (name, version) = saga.workflow();
        let workflow = self.shared.definitions.find(name, version).await;
        match workflow {
            Ok(workflow) => Ok(Before::Loaded(Known {
                saga: saga.into(),
                version: stored.version,
                workflow,
            })),
            Err(crate::definitions::Missing::Store(error)) => Err(trouble(error)),
            Err(missing) => Err(unreadable(missing.to_string())),
        }
    }

    fn sort(&mut self, decided: Decided, now: Timestamp) -> Sorted {
        let moves = decided
            .moved
            .as_ref()
            .is_some_and(|moved| !moved.events.is_empty());
        if moves {
            // Right also if the state was from memory: the append proves it.
            let txid = self.shared.ids.number();
            return Ready::of(decided, txid)
                .map_or(Sorted::Done, |next| Sorted::Append(next.into()));
        }
        if !decided.fresh && !planted::is(Bug::MemoryBelieved) {
            // "Nothing follows" from memory may be wrong: another orchestrator may have moved the
            // saga on, and then an outcome would be acknowledged that it is waiting for.
            return Sorted::Again(decided.overtaken());
        }
        self.conclude_quiet(decided, now);
        Sorted::Done
    }

    /// One append for the batch. A lost answer is asked for again with the same transaction id,
    /// which tells whether it was written.
    async fn append(&self, ready: &[Ready], now: Timestamp) -> Vec<Answered> {
        if ready.is_empty() {
            return Vec::new();
        }
        let (store, settings) = (self.shared.ports.store(), &self.shared.settings);
        let batch = ready
            .iter()
            .map(|next| next.append(settings, now))
            .collect();
        let mut answers = store.append(batch).await;
        let unsure: Vec<bool> = answers.iter().map(is_lost).collect();
        for pause in REPEATS {
            let lost: Vec<usize> = (0..answers.len())
                .filter(|place| is_lost(&answers[*place]))
                .collect();
            if lost.is_empty() {
                break;
            }
            let clock = self.shared.ports.clock();
            clock.sleep_until(clock.now().after(pause)).await;
            let batch = lost
                .iter()
                .map(|place| ready[*place].append(settings, now))
                .collect();
            #[cfg(feature = "planted")]
            let batch = self.renamed(batch);
            for (place, answer) in lost.into_iter().zip(store.append(batch).await) {
                answers[place] = answer;
            }
        }
        #[cfg(feature = "planted")]
        self.force(ready, &mut answers, now).await;
        let answers = answers.into_iter().zip(unsure);
        answers
            .map(|(said, unsure)| Answered { said, unsure })
            .collect()
    }

    /// Nothing was written that we know of. Requests are answered so; messages stay ours and are
    /// tried again; due times come again when their claim ends.
    pub(super) fn put_off(&mut self, turn: Turn, why: &Declined) {
        let unreadable = matches!(why, Declined::Unreadable { .. });
        if unreadable {
            tracing::error!(saga = %turn.saga, %why, "saga put off");
            self.shared.metrics.unreadable();
        } else {
            tracing::warn!(saga = %turn.saga, %why, "saga put off");
        }
        let now = self.now();
        for item in turn.items {
            match item {
                Item::Request(request) => {
                    let _gone = request.answer.send(Err(why.clone()));
                }
                Item::Due(_) => {}
                Item::Message(mut message) => {
                    message.unreadable += u32::from(unreadable);
                    if message.unreadable < UNREADABLE_TRIES {
                        // Nobody takes it any more when we stop: unacknowledged, it comes again.
                        let _stopped = self.returned.send(message);
                    } else {
                        let orphan = Orphan::of(&message.delivery, why.to_string(), now);
                        self.owes.orphans.push((orphan, message.delivery));
                    }
                }
            }
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.shared.ports.clock().now()
    }
}

/// What became of one append.
struct Answered {
    said: Result<(), AppendError>,
    /// An answer was lost on the way there.
    unsure: bool,
}

fn is_lost(answer: &Result<(), AppendError>) -> bool {
    matches!(answer, Err(AppendError::Store(StoreError::Unavailable(_))))
}

enum Sorted {
    Append(Box<Ready>),
    Again(Turn),
    Done,
}

fn begins_with_submission(turn: &Turn) -> bool {
    match turn.items.first() {
        Some(Item::Request(request)) => matches!(request.ask, Ask::Submit(_)),
        _ => false,
    }
}
