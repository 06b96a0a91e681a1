//! What happened, by key. Pure: who calls it brings the weather and the time.
//!
//! ```text
//!   do(key)    answered ─► the same answer      undo(key)  answered ─► the same answer
//!              tombstone ─► 410                            effect   ─► undone, 200
//!              else ─► effect, kept                        else     ─► 404, a tombstone
//! ```

use crate::manner::{Lie, Manner};
use crate::record::{Effect, Line, Verdict};
use crate::weather::Drawn;
use std::collections::{HashMap, HashSet};

/// One call, as its request names it.
#[derive(Clone, Debug)]
pub struct Call {
    pub manner: Manner,
    pub undo: bool,
    /// Never refused for good, and never applied late.
    pub sure: bool,
    pub key: String,
    pub saga: String,
    pub step: String,
    pub attempt: u32,
    pub compensates: Option<String>,
    pub deadline: String,
    /// A hash of the body.
    pub body: String,
}

/// How a call is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Ok,
    Absent,
    Refused,
    Entombed,
    Busy,
    Failed,
    /// Closed without a word.
    Close,
    /// Applied later; until then nobody hears anything.
    Later,
    Lie(Lie),
}

/// What is kept under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Ok,
    Absent,
    Refused,
}

/// Everything the services know.
#[derive(Debug, Default)]
pub struct Book {
    arrived: u64,
    /// Later lines that are still to come.
    pending: u64,
    seen: HashMap<(Manner, String), u32>,
    kept: HashMap<(Manner, String), Kept>,
    /// Effects that stand.
    standing: HashMap<(Manner, String), u32>,
    tombstones: HashSet<(Manner, String)>,
}

impl Book {
    /// The book that these lines tell.
    pub fn from(lines: &[Line]) -> Self {
        let mut book = Self::default();
        lines.iter().for_each(|line| book.remember(line));
        // Who was to apply them is gone.
        book.pending = 0;
        book
    }

    pub fn calls(&self) -> u64 {
        self.arrived
    }

    pub fn pending(&self) -> u64 {
        self.pending
    }

    /// How often this key was seen.
    pub fn seen(&self, manner: Manner, key: &str) -> u32 {
        let place = (manner, key.to_owned());
        self.seen.get(&place).copied().unwrap_or(0)
    }

    /// Decides a call; what it says is true once the line is kept.
    pub fn take(&mut self, call: &Call, drawn: Drawn, at_ms: u64) -> (Line, Answer) {
        self.arrived += 1;
        let (effect, answer) = self.decide(call, drawn);
        let line = line(call, self.arrived, at_ms, effect, answer);
        self.enter(&line, call.manner);
        (line, answer)
    }

    /// Decides what becomes of one that was to be applied later.
    pub fn settle(&mut self, call: &Call, arrived: u64, at_ms: u64) -> (Line, Answer) {
        self.pending = self.pending.saturating_sub(1);
        let (effect, answer) = self.decide(call, Drawn::Fair);
        let line = line(call, arrived, at_ms, effect, answer);
        self.enter(&line, call.manner);
        (line, answer)
    }

    fn decide(&self, call: &Call, drawn: Drawn) -> (Effect, Answer) {
        match drawn {
            Drawn::Busy => return (Effect::None, Answer::Busy),
            Drawn::Lost => return (Effect::None, Answer::Close),
            Drawn::Failed => return (Effect::None, Answer::Failed),
            Drawn::Late => return (Effect::Pending, Answer::Later),
            _ => {}
        }
        let (effect, plain) = self.honest(call, drawn == Drawn::Rejected);
        let happened = matches!(effect, Effect::Applied | Effect::Undone);
        match (drawn, call.manner.lie()) {
            (Drawn::AppliedFailed, _) if happened => (effect, Answer::Failed),
            (Drawn::AppliedLost, _) if happened => (effect, Answer::Close),
            (Drawn::Lie, Some(Lie::Unapplied200)) if effect == Effect::Applied => {
                (Effect::None, Answer::Ok)
            }
            (Drawn::Lie, Some(Lie::Twice)) if effect == Effect::Applied => {
                (Effect::Twice, Answer::Ok)
            }
            (Drawn::Lie, Some(Lie::Unapplied200 | Lie::Twice)) => (effect, plain),
            // Nobody could undo it for a day.
            (Drawn::Lie, Some(Lie::RetryAfter)) if call.sure => (effect, plain),
            (Drawn::Lie, Some(lie)) => (effect, Answer::Lie(lie)),
            _ => (effect, plain),
        }
    }

    fn honest(&self, call: &Call, rejected: bool) -> (Effect, Answer) {
        let place = (call.manner, call.key.clone());
        let kept = self.kept.get(&place).filter(|_| call.manner.honours_keys());
        match kept {
            Some(Kept::Ok) => return (Effect::Again, Answer::Ok),
            Some(Kept::Absent) => return (Effect::Again, Answer::Absent),
            Some(Kept::Refused) => return (Effect::Again, Answer::Refused),
            None => {}
        }
        if call.undo {
            let undone = (call.manner, call.compensates.clone().unwrap_or_default());
            return match self.standing.get(&undone) {
                Some(1..) => (Effect::Undone, Answer::Ok),
                _ => (Effect::Nothing, Answer::Absent),
            };
        }
        if self.tombstones.contains(&place) {
            (Effect::Entombed, Answer::Entombed)
        } else if rejected {
            (Effect::Refused, Answer::Refused)
        } else {
            (Effect::Applied, Answer::Ok)
        }
    }

    /// What a line of an earlier life of this service says.
    fn remember(&mut self, line: &Line) {
        let Some(manner) = Manner::named(&line.service) else {
            return;
        };
        self.enter(line, manner);
        self.arrived = self.arrived.max(line.arrived);
    }

    fn enter(&mut self, line: &Line, manner: Manner) {
        let place = (manner, line.key.clone());
        let undoes = (manner, line.compensates.clone().unwrap_or_default());
        *self.seen.entry(place.clone()).or_default() += 1;
        match line.effect {
            Effect::Applied => self.apply(place, 1),
            Effect::Twice => self.apply(place, 2),
            Effect::Undone => {
                self.kept.insert(place, Kept::Ok);
                self.standing.remove(&undoes);
                // Undone is over: a copy of the step's call that is still under way comes too late.
                self.entomb(manner, undoes);
            }
            Effect::Nothing => {
                self.kept.insert(place, Kept::Absent);
                self.entomb(manner, undoes);
            }
            Effect::Refused => {
                self.kept.insert(place, Kept::Refused);
            }
            Effect::Pending => self.pending += 1,
            Effect::Entombed | Effect::Again | Effect::None => {}
        }
    }

    fn apply(&mut self, place: (Manner, String), times: u32) {
        self.kept.insert(place.clone(), Kept::Ok);
        *self.standing.entry(place).or_default() += times;
    }

    fn entomb(&mut self, manner: Manner, undone: (Manner, String)) {
        if manner.keeps_tombstones() {
            self.tombstones.insert(undone);
        }
    }
}

fn line(call: &Call, arrived: u64, at_ms: u64, effect: Effect, answer: Answer) -> Line {
    let (verdict, said) = said(answer);
    Line {
        arrived,
        at_ms,
        service: call.manner.word().to_owned(),
        undo: call.undo,
        key: call.key.clone(),
        saga: call.saga.clone(),
        step: call.step.clone(),
        attempt: call.attempt,
        compensates: call.compensates.clone(),
        deadline: call.deadline.clone(),
        body: call.body.clone(),
        effect,
        verdict,
        said,
    }
}

fn said(answer: Answer) -> (Verdict, String) {
    let (verdict, said) = match answer {
        Answer::Ok => (Verdict::Ok, "200"),
        Answer::Absent => (Verdict::Absent, "404"),
        Answer::Refused => (Verdict::Refused, "422"),
        Answer::Entombed => (Verdict::Refused, "410"),
        Answer::Busy => (Verdict::Busy, "503"),
        Answer::Failed => (Verdict::Broken, "500"),
        Answer::Close => (Verdict::Broken, "closed"),
        Answer::Later => (Verdict::Broken, "later"),
        // Such an answer can be read and has the right shape: it counts.
        Answer::Lie(Lie::Another) => (Verdict::Ok, "another"),
        Answer::Lie(Lie::RetryAfter) => (Verdict::Busy, "retry-after"),
        Answer::Lie(lie) => (Verdict::Broken, Manner::Liar(lie).word()),
    };
    (verdict, said.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(manner: Manner, undo: bool, key: &str) -> Call {
        Call {
            manner,
            undo,
            sure: undo,
            key: key.to_owned(),
            saga: "s".to_owned(),
            step: "a".to_owned(),
            attempt: 1,
            compensates: undo.then(|| key.trim_end_matches(":undo").to_owned()),
            deadline: String::new(),
            body: "00".to_owned(),
        }
    }

    fn play(manner: Manner, keys: &[&str]) -> Vec<Effect> {
        let mut book = Book::default();
        let mut one = |key: &&str| {
            let call = call(manner, key.ends_with(":undo"), key);
            book.take(&call, Drawn::Fair, 0).0.effect
        };
        keys.iter().map(&mut one).collect()
    }

    #[test]
    fn keys_are_honoured_or_not() {
        let twice = ["k", "k", "k:undo", "k:undo"];
        let honest = [
            Effect::Applied,
            Effect::Again,
            Effect::Undone,
            Effect::Again,
        ];
        assert_eq!(play(Manner::Honest, &twice), honest);
        let plain = [
            Effect::Applied,
            Effect::Applied,
            Effect::Undone,
            Effect::Nothing,
        ];
        assert_eq!(play(Manner::Plain, &twice), plain);
    }

    #[test]
    fn a_call_after_its_undo_meets_a_tombstone_where_one_is_kept() {
        let late = ["k:undo", "k"];
        assert_eq!(
            play(Manner::Tombstones, &late),
            [Effect::Nothing, Effect::Entombed]
        );
        assert_eq!(
            play(Manner::Honest, &late),
            [Effect::Nothing, Effect::Applied]
        );
    }

    #[test]
    fn what_is_applied_later_meets_what_came_between() {
        let mut book = Book::default();
        let forward = call(Manner::Slow, false, "k");
        let (pending, _) = book.take(&forward, Drawn::Late, 0);
        assert_eq!((pending.effect, book.pending()), (Effect::Pending, 1));
        book.take(&call(Manner::Slow, true, "k:undo"), Drawn::Fair, 1);
        let (line, _) = book.settle(&forward, pending.arrived, 2);
        assert_eq!((line.effect, book.pending()), (Effect::Entombed, 0));
        assert_eq!(line.arrived, pending.arrived);
    }

    #[test]
    fn a_restart_knows_what_the_file_knows() {
        let mut book = Book::default();
        let first = book
            .take(&call(Manner::Final, false, "k"), Drawn::Rejected, 0)
            .0;
        let second = book
            .take(&call(Manner::Final, false, "l"), Drawn::Fair, 0)
            .0;
        let mut again = Book::from(&[first, second]);
        let mut effect = |key| {
            let line = again
                .take(&call(Manner::Final, false, key), Drawn::Fair, 0)
                .0;
            (line.arrived, line.effect, line.verdict)
        };
        assert_eq!(effect("k"), (3, Effect::Again, Verdict::Refused));
        assert_eq!(effect("l"), (4, Effect::Again, Verdict::Ok));
    }

    #[test]
    fn liars_do_what_they_hide_and_hide_what_they_do() {
        let lie = |lie| {
            let call = call(Manner::Liar(lie), false, "k");
            let (line, answer) = Book::default().take(&call, Drawn::Lie, 0);
            (line.effect, answer)
        };
        assert_eq!(lie(Lie::Unapplied200), (Effect::None, Answer::Ok));
        assert_eq!(lie(Lie::Twice), (Effect::Twice, Answer::Ok));
        assert_eq!(
            lie(Lie::Applied500),
            (Effect::Applied, Answer::Lie(Lie::Applied500))
        );
    }
}
