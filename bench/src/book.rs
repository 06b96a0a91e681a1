//! What the service was asked in one run, and which sagas made all their calls.

use crate::fault::Fault;
use crate::shape::{self, Shape};
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore};

/// A call, as the service read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Step,
    Undo,
}

/// The counts of one run. A cell per saga and call, so that not one call too many goes unseen.
#[derive(Debug)]
pub struct Book {
    run: String,
    shape: Shape,
    begun: Instant,
    cells: Vec<AtomicU8>,
    /// When each call came, on the same clock, where that is of interest.
    times: Vec<AtomicU64>,
    /// Calls each saga has still to make.
    left: Vec<AtomicU32>,
    /// When each made its last call, in microseconds since the beginning; 0: it has not.
    over: Vec<AtomicU64>,
    ended: AtomicUsize,
    strange: AtomicU64,
    /// When the first call came that follows from another's answer; 0: none has.
    followed: AtomicU64,
    /// Room for sagas under way.
    pub window: Semaphore,
    changed: Notify,
}

impl Book {
    /// For up to so many sagas, `window` of them at once.
    pub fn new(run: &str, shape: &Shape, sagas: usize, window: usize) -> Self {
        let calls = shape.calls();
        Self {
            run: run.to_owned(),
            shape: shape.clone(),
            begun: Instant::now(),
            cells: (0..sagas * calls).map(|_| AtomicU8::new(0)).collect(),
            times: Vec::new(),
            left: (0..sagas)
                .map(|_| AtomicU32::new(u32::try_from(calls).expect("few")))
                .collect(),
            over: (0..sagas).map(|_| AtomicU64::new(0)).collect(),
            ended: AtomicUsize::new(0),
            strange: AtomicU64::new(0),
            followed: AtomicU64::new(0),
            window: Semaphore::new(window),
            changed: Notify::new(),
        }
    }

    /// The same, with the time of every call.
    #[must_use]
    pub fn timed(mut self) -> Self {
        self.times = self.cells.iter().map(|_| AtomicU64::new(0)).collect();
        self
    }

    /// When the calls of a saga came, in microseconds since the run began.
    pub fn times(&self, number: usize) -> Vec<u64> {
        let calls = self.shape.calls();
        let times = self.times.iter().skip(number * calls).take(calls);
        times.map(|at| at.load(Ordering::Relaxed)).collect()
    }

    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    pub fn capacity(&self) -> usize {
        self.left.len()
    }

    /// The id of the saga with this number.
    pub fn id(&self, number: usize) -> String {
        shape::id(&self.run, number)
    }

    /// Takes note of a call. What belongs to no saga of this run, or does not carry the answer of the
    /// step before, is strange.
    pub fn call(&self, kind: Kind, saga: &str, n: usize, from: &str) {
        let Some(cell) = self.cell(kind, saga, n, from) else {
            self.strange.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let number = cell / self.shape.calls();
        if self.follows(cell) && self.followed.load(Ordering::Relaxed) == 0 {
            let (now, relaxed) = (self.now().max(1), Ordering::Relaxed);
            // Where two come at once, the other was as early.
            let _ = self.followed.compare_exchange(0, now, relaxed, relaxed);
        }
        if self.cells[cell].fetch_add(1, Ordering::Relaxed) > 0 {
            return;
        }
        if let Some(time) = self.times.get(cell) {
            time.store(self.now(), Ordering::Relaxed);
        }
        if self.left[number].fetch_sub(1, Ordering::AcqRel) == 1 {
            self.over[number].store(self.now().max(1), Ordering::Relaxed);
            self.ended.fetch_add(1, Ordering::Release);
            self.window.add_permits(1);
            self.changed.notify_waiters();
        }
    }

    fn cell(&self, kind: Kind, saga: &str, n: usize, from: &str) -> Option<usize> {
        let (run, number) = shape::parts(saga)?;
        if run != self.run || number >= self.capacity() || n == 0 {
            return None;
        }
        let Shape {
            steps,
            undone,
            chained,
            ..
        } = self.shape;
        let (place, before) = match kind {
            Kind::Step if n <= steps => (n - 1, if chained { n - 1 } else { 0 }),
            Kind::Undo if n <= undone => (steps + n - 1, n),
            _ => return None,
        };
        (from == shape::answer(saga, before)).then_some(number * self.shape.calls() + place)
    }

    /// Whether somebody had to decide on an answer before this call could be made.
    fn follows(&self, cell: usize) -> bool {
        let place = cell % self.shape.calls();
        place >= self.shape.steps || self.shape.chained && place > 0
    }

    /// Microseconds since the run began.
    pub fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// When a saga made its last call, on the same clock.
    pub fn over(&self, number: usize) -> Option<u64> {
        Some(self.over[number].load(Ordering::Relaxed)).filter(|at| *at > 0)
    }

    /// When the last of all sagas made its last call.
    pub fn last(&self) -> u64 {
        let all = self.over.iter().map(|at| at.load(Ordering::Relaxed));
        all.max().unwrap_or(0)
    }

    pub fn ended(&self) -> usize {
        self.ended.load(Ordering::Acquire)
    }

    /// Waits until so many sagas made all their calls. Fails when no call comes for `patience`: many sagas
    /// that take their steps side by side may all be long before their last.
    pub async fn until(&self, sagas: usize, patience: Duration) -> Result<(), Fault> {
        let mut calls = self.calls();
        loop {
            let changed = self.changed.notified();
            let ended = self.ended();
            if ended >= sagas {
                return Ok(());
            }
            if tokio::time::timeout(patience, changed).await.is_ok() {
                continue;
            }
            let before = std::mem::replace(&mut calls, self.calls());
            if calls == before {
                return Err(Fault(format!(
                    "{ended} of {sagas} sagas made all their calls, and no call came in {patience:?}"
                )));
            }
        }
    }

    /// When the first call came that follows from the answer to another, on the same clock.
    pub fn followed(&self) -> Option<u64> {
        Some(self.followed.load(Ordering::Relaxed)).filter(|at| *at > 0)
    }

    /// Calls that were counted, and so made for the first time.
    pub fn calls(&self) -> usize {
        self.cells
            .iter()
            .filter(|cell| cell.load(Ordering::Relaxed) > 0)
            .count()
    }

    /// That the first `sagas` made every call exactly once, and nobody made another.
    pub fn check(&self, sagas: usize) -> Result<(), Fault> {
        self.check_those(|number| number < sagas)
    }

    /// That those which began made every call exactly once, and nobody made another.
    pub fn check_those(&self, began: impl Fn(usize) -> bool) -> Result<(), Fault> {
        let strange = self.strange.load(Ordering::Relaxed);
        if strange > 0 {
            return Err(Fault(format!(
                "{strange} calls that no step should have made"
            )));
        }
        let calls = self.shape.calls();
        for (at, cell) in self.cells.iter().enumerate() {
            let (number, wanted) = (at / calls, u8::from(began(at / calls)));
            let seen = cell.load(Ordering::Relaxed);
            if seen != wanted {
                let saga = self.id(number);
                let call = at % calls + 1;
                return Err(Fault(format!(
                    "call {call} of {saga} was made {seen} times"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Book {
        Book::new("r", &Shape::five(), 2, 1)
    }

    fn call(book: &Book, number: usize, n: usize) {
        let saga = book.id(number);
        book.call(Kind::Step, &saga, n, &shape::answer(&saga, n - 1));
    }

    #[test]
    fn a_saga_ends_with_its_last_call() {
        let book = book();
        (1..=4).for_each(|n| call(&book, 0, n));
        assert_eq!((book.ended(), book.over(0)), (0, None));
        assert!(book.check(1).is_err(), "the fifth call is missing");
        call(&book, 0, 5);
        assert_eq!((book.ended(), book.window.available_permits()), (1, 2));
        assert!(book.over(0).is_some() && book.check(1).is_ok());
        assert!(book.check(2).is_err(), "the second saga made no call");
    }

    #[test]
    fn only_a_later_step_follows_from_an_answer() {
        let book = book();
        (0..2).for_each(|number| call(&book, number, 1));
        assert_eq!(book.followed(), None, "nobody had to decide");
        call(&book, 1, 2);
        let first = book.followed().expect("an answer led to it");
        (2..=5).for_each(|n| call(&book, 0, n));
        assert_eq!(book.followed(), Some(first));
    }

    #[test]
    fn a_call_too_many_is_seen() {
        let book = book();
        (1..=5).for_each(|n| call(&book, 0, n));
        call(&book, 0, 3);
        let told = book.check(1).expect_err("twice").to_string();
        assert_eq!(told, "call 3 of r-0 was made 2 times");
    }

    #[tokio::test]
    async fn who_makes_calls_is_waited_for_though_none_ends() {
        let (book, patience) = (book(), Duration::from_millis(200));
        let calls = async {
            for n in 1..=5 {
                tokio::time::sleep(patience * 6 / 10).await;
                call(&book, 0, n);
            }
        };
        // The calls first: where both are due on a busy machine, the call is seen.
        let ((), waited) = tokio::join!(calls, book.until(1, patience));
        waited.expect("its last call came");
        let told = book.until(2, patience).await.expect_err("nobody calls");
        let expected = "1 of 2 sagas made all their calls, and no call came in 200ms";
        assert_eq!(told.to_string(), expected);
    }

    #[test]
    fn a_call_of_nobody_is_seen() {
        for (saga, n, from) in [
            ("r-9", 1, ""),
            ("q-0", 1, ""),
            ("r-0", 6, ""),
            ("r-0", 2, "no"),
        ] {
            let book = book();
            let from = if from == "no" {
                from.to_owned()
            } else {
                shape::answer(saga, n - 1)
            };
            book.call(Kind::Step, saga, n, &from);
            assert!(book.check(0).is_err(), "{saga} {n}");
        }
    }
}
