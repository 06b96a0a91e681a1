//! Whatever was answered is there after a power cut, and nothing is half there: for any sequence of
//! writes, any moment of the cut, and any luck of the sectors that were not yet synced.

use super::{append, claim, id, inline, journal, now, version, write};
use baton_adapters::embedded::{RamDisk, Settings, Store};
use baton_engine::store::{Append, DueKind, Durability, Query, Settled, Store as _};
use baton_shared::Timestamp;
use baton_shared::port::{RecordKind, Records, StoreError};
use futures_util::future::join_all;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Small enough that segments come and go within a few writes.
const SEGMENT: u32 = 1_500;
const NAMES: u8 = 6;

#[derive(Clone, Debug)]
enum Act {
    /// One transition for each of these sagas, in one batch.
    Append {
        sagas: u8,
        size: usize,
        timer: Option<u64>,
    },
    Forget(u8),
    Put(u8, usize),
    Remove(u8),
    Settle(u8, Option<u64>),
    Reopen,
}

fn act() -> impl Strategy<Value = Act> {
    let timer = || proptest::option::of(1..1_000_u64);
    prop_oneof![
        6 => (1..1_u8 << NAMES, 1..400_usize, timer())
            .prop_map(|(sagas, size, timer)| Act::Append { sagas, size, timer }),
        3 => (0..NAMES).prop_map(Act::Forget),
        2 => (0..NAMES, 0..400_usize).prop_map(|(key, size)| Act::Put(key, size)),
        2 => (0..NAMES).prop_map(Act::Remove),
        1 => (0..NAMES, timer()).prop_map(|(saga, timer)| Act::Settle(saga, timer)),
        1 => Just(Act::Reopen),
    ]
}

/// A power cut after so many changes of the disk, and its luck.
#[derive(Clone, Copy, Debug)]
struct Cut {
    after: u64,
    seed: u64,
}

fn cut() -> impl Strategy<Value = Cut> {
    (0..120_u64, any::<u64>()).prop_map(|(after, seed)| Cut { after, seed })
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    seq: u64,
    events: Vec<u8>,
    timer: Option<u64>,
}

/// What must be there: each thing as it was answered, or as the write in flight would have it.
#[derive(Clone, Debug, Default)]
struct Model {
    sagas: BTreeMap<String, Vec<Option<Kept>>>,
    records: BTreeMap<String, Vec<Option<Vec<u8>>>>,
    /// Tells the events of one write from those of another.
    writes: u64,
}

/// What may be: only `new` once it was answered, the old as well while it was not.
fn put<T>(may: &mut BTreeMap<String, Vec<Option<T>>>, key: &str, new: Option<T>, answered: bool) {
    let may = may.entry(key.to_owned()).or_insert_with(|| vec![None]);
    if answered {
        may.clear();
    }
    may.push(new);
}

fn known<T: Clone>(may: &BTreeMap<String, Vec<Option<T>>>, key: &str) -> Option<T> {
    may.get(key).and_then(|may| may[0].clone())
}

impl Model {
    /// Does it to the store; false when the power is gone.
    fn act(&mut self, store: &Store, act: &Act) -> bool {
        self.writes += 1;
        match act {
            Act::Append { sagas, size, timer } => self.append(store, *sagas, *size, *timer),
            Act::Forget(saga) => {
                let saga = format!("s{saga}");
                let ok = now(store.forget(id(&saga))).is_ok();
                put(&mut self.sagas, &saga, None, ok);
                ok
            }
            Act::Put(key, size) => {
                let (key, value) = (format!("k{key}"), vec![self.writes as u8; *size]);
                let had = known(&self.records, &key);
                let answer = now(store.put_new(RecordKind::Orphan, &key, value.clone()));
                if let Ok(answer) = &answer {
                    assert_eq!(*answer, had, "put_new tells what there is");
                }
                put(&mut self.records, &key, had.or(Some(value)), answer.is_ok());
                answer.is_ok()
            }
            Act::Remove(key) => {
                let key = format!("k{key}");
                let ok = now(store.remove(RecordKind::Orphan, &key)).is_ok();
                put(&mut self.records, &key, None, ok);
                ok
            }
            Act::Settle(saga, timer) => {
                let saga = format!("s{saga}");
                if let Some(kept) = known(&self.sagas, &saga) {
                    let wanted = timer.map(Timestamp);
                    let settled = Settled {
                        saga: id(&saga),
                        at: version(kept.seq),
                        duty: true,
                        timer: Some(wanted),
                    };
                    now(store.settle(vec![settled])).expect("settling needs no disk");
                    // A power cut may take it back until something else is synced.
                    put(
                        &mut self.sagas,
                        &saga,
                        Some(Kept {
                            timer: *timer,
                            ..kept
                        }),
                        false,
                    );
                }
                true
            }
            Act::Reopen => true,
        }
    }

    fn append(&mut self, store: &Store, sagas: u8, size: usize, timer: Option<u64>) -> bool {
        let names = (0..NAMES)
            .filter(|nth| sagas >> nth & 1 == 1)
            .map(|nth| format!("s{nth}"));
        let names: Vec<_> = names.collect();
        let part = format!("<{}>", self.writes)
            .repeat(size / 8 + 1)
            .into_bytes();
        let transition = |saga: &String| {
            let seq = known(&self.sagas, saga).map_or(0, |kept| kept.seq);
            Append {
                timer: timer.map(Timestamp),
                ..append(saga, seq, &part)
            }
        };
        let answers = now(store.append(names.iter().map(transition).collect()));
        for (saga, answer) in names.iter().zip(&answers) {
            let had = known(&self.sagas, saga);
            let (seq, before) = had.map_or((0, vec![]), |kept| (kept.seq, kept.events));
            let events = [before, part.clone()].concat();
            put(
                &mut self.sagas,
                saga,
                Some(Kept {
                    seq: seq + 1,
                    events,
                    timer,
                }),
                answer.is_ok(),
            );
        }
        answers.iter().all(Result::is_ok)
    }

    /// Holds the store to the model, which then knows what there is.
    fn check(&mut self, store: &Store, why: &str) {
        let due = claim(store, Timestamp(10_000));
        for (saga, may) in &mut self.sagas {
            let found = journal(store, saga).map(|(seq, events)| {
                let timer = due.contains(&(saga.clone(), DueKind::Timer));
                (seq, events, timer)
            });
            let is = |kept: &Option<Kept>| match (&found, kept) {
                (None, None) => true,
                (Some((seq, events, timer)), Some(kept)) => {
                    (*seq, events, *timer) == (kept.seq, &kept.events, kept.timer.is_some())
                }
                _ => false,
            };
            let Some(fits) = may.iter().position(is) else {
                panic!("{why}: saga {saga} is {found:?}, which none of these is: {may:?}");
            };
            *may = vec![may[fits].clone()];
            let owes = due.contains(&(saga.clone(), DueKind::Duty));
            assert_eq!(
                owes,
                found.is_some(),
                "{why}: a live saga owes, one not there does not"
            );
        }
        for (key, may) in &mut self.records {
            let found = now(store.get(RecordKind::Orphan, key)).expect("records can be read");
            assert!(
                may.contains(&found),
                "{why}: record {key} is {found:?}, not of {may:?}"
            );
            *may = vec![found];
        }
        let rows = now(store.list(Query {
            limit: 100,
            ..Query::default()
        }))
        .expect("a list");
        let live = self.sagas.values().filter(|may| may[0].is_some()).count();
        assert_eq!(rows.len(), live, "{why}: a row for each saga");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_answered_is_there(
        acts in proptest::collection::vec(act(), 1..120),
        cuts in proptest::collection::vec(cut(), 0..4),
    ) {
        let mut disk = RamDisk::default();
        let mut model = Model::default();
        let mut cuts = cuts.into_iter();
        let mut next = cuts.next();
        disk.cut_after(next.map_or(u64::MAX, |cut| cut.after));
        let mut store = inline(&disk, SEGMENT).ok();
        for act in &acts {
            let on = match &store {
                Some(open) if !matches!(act, Act::Reopen) => model.act(open, act),
                _ => false,
            };
            if on {
                continue;
            }
            drop(store.take());
            if !matches!(act, Act::Reopen) {
                let cut = next.expect("only a power cut refuses");
                disk = disk.after_power_cut(cut.seed);
                next = cuts.next();
                disk.cut_after(next.map_or(u64::MAX, |cut| cut.after));
            }
            match inline(&disk, SEGMENT) {
                Ok(open) => {
                    model.check(&open, "opened again");
                    store = Some(open);
                }
                // The power went while it was opened: the next act finds it so.
                Err(StoreError::Unavailable(_)) if next.is_some() => {}
                Err(error) => panic!("{error}"),
            }
        }
        drop(store);
        if let Some(cut) = next {
            disk = disk.after_power_cut(cut.seed);
        }
        model.check(&inline(&disk, SEGMENT).expect("it opens in the end"), "in the end");
    }

    /// Without syncs much may be lost, but what is left is a past that was: it opens, and every
    /// journal is whole.
    #[test]
    fn an_unsynced_log_opens(
        acts in proptest::collection::vec(act(), 1..80),
        seed in any::<u64>(),
    ) {
        let disk = RamDisk::default();
        let durability = Durability::Memory;
        let settings = Settings { durability, segment_bytes: SEGMENT, inline: true };
        let store = Store::open_on(Arc::new(disk.clone()), settings).expect("opened");
        let mut model = Model::default();
        for act in &acts {
            model.act(&store, act);
        }
        let disk = disk.after_power_cut(seed);
        let store = Store::open_on(Arc::new(disk), settings).expect("a power cut is no damage");
        for nth in 0..NAMES {
            let saga = format!("s{nth}");
            if let Some((seq, _)) = journal(&store, &saga) {
                write(&store, append(&saga, seq, b"on")).expect("it goes on");
            }
        }
    }
}

/// Many callers and the writer's own thread: what each was told is kept.
#[tokio::test]
async fn racing_callers_are_not_lied_to() {
    for round in 0..40_u64 {
        let disk = RamDisk::default();
        let settings = Settings {
            segment_bytes: 4_000,
            ..Settings::default()
        };
        let store = Store::open_on(Arc::new(disk.clone()), settings).expect("opened");
        disk.cut_after(10 + round * 3);
        let callers = (0..8).map(|caller| {
            let store = store.clone();
            async move {
                let mut told = 0;
                loop {
                    let saga = format!("c{caller}");
                    let transition = append(&saga, told, format!("{told},").as_bytes());
                    match store.append(vec![transition]).await.remove(0) {
                        Ok(()) => told += 1,
                        Err(_) => return (saga, told),
                    }
                }
            }
        });
        let told = join_all(callers).await;
        drop(store);
        let store = inline(&disk.after_power_cut(round), 4_000).expect("it opens");
        for (saga, told) in told {
            let (seq, events) = journal(&store, &saga).unwrap_or_default();
            assert!(
                seq == told || seq == told + 1,
                "{saga} was told of {told}, {seq} are there"
            );
            let whole: String = (0..seq).map(|nth| format!("{nth},")).collect();
            assert_eq!(events, whole.into_bytes(), "nothing is half there");
        }
    }
}
