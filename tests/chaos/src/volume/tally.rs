//! The judge of very many sagas: some bytes for each, filled line by line.
//!
//! It reads the ledger in the order in which things happened, and Baton's list once all is quiet.

use baton_ledger::record::{Effect, Line, Verdict};

/// The steps of the workflow `five`.
const STEPS: usize = 5;
/// Of each way to be wrong so many are told in full.
const TOLD: usize = 10;

/// One line of Baton's list.
pub(super) struct Row<'a> {
    pub(super) id: &'a str,
    pub(super) status: &'a str,
}

/// What is kept of a step.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    /// Effects it ever had, under whatever key.
    effects: u8,
    /// Of these, how many stand.
    stands: u8,
    /// A call of it was answered with success.
    succeeded: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Saga {
    steps: [Step; STEPS],
    /// Of the bodies of its calls forward, which are all the same.
    body: Option<u32>,
    listed: bool,
}

/// All sagas, and what is wrong with them.
pub(super) struct Tally {
    sagas: Vec<Saga>,
    calls: u64,
    undos: u64,
    wrong: Vec<(&'static str, u64, Vec<String>)>,
}

impl Tally {
    pub(super) fn new(sagas: usize) -> Self {
        Self {
            sagas: vec![Saga::default(); sagas],
            calls: 0,
            undos: 0,
            wrong: Vec::new(),
        }
    }

    pub(super) fn calls(&self) -> u64 {
        self.calls
    }

    pub(super) fn undos(&self) -> u64 {
        self.undos
    }

    /// A line of the ledger.
    pub(super) fn call(&mut self, line: &Line) {
        self.calls += 1;
        let name = match &line.compensates {
            Some(key) => key.rsplit(':').next().unwrap_or_default(),
            None => &line.step,
        };
        let (Some(n), Some(step)) = (self.number(&line.saga), place(name)) else {
            self.wrong("strange", format!("{} {}", line.saga, line.step));
            return;
        };
        if line.undo {
            self.undos += 1;
            self.undo(n, step, line);
        } else {
            self.forward(n, step, line);
        }
    }

    fn forward(&mut self, n: usize, step: usize, line: &Line) {
        let saga = &mut self.sagas[n];
        let body = u32::from_str_radix(line.body.get(..8).unwrap_or_default(), 16).ok();
        let other = saga.body.is_some() && saga.body != body;
        saga.body = body;
        let early = step > 0 && !saga.steps[step - 1].succeeded;
        let known = &mut saga.steps[step];
        known.succeeded |= line.verdict == Verdict::Ok;
        if line.effect == Effect::Applied {
            known.effects = known.effects.saturating_add(1);
            known.stands = known.stands.saturating_add(1);
        }
        let doubled = line.effect == Effect::Applied && known.effects > 1;
        let told = format!("{} {} with key {}", line.saga, line.step, line.key);
        if doubled {
            self.wrong("doubled", told.clone());
        }
        if early {
            self.wrong(
                "called before the step before it had succeeded",
                told.clone(),
            );
        }
        if other {
            self.wrong("called with another body", told);
        }
    }

    fn undo(&mut self, n: usize, step: usize, line: &Line) {
        let steps = &mut self.sagas[n].steps;
        if line.effect == Effect::Undone {
            steps[step].stands = 0;
        }
        if steps[step + 1..].iter().any(|later| later.stands > 0) {
            let told = format!("{} {}", line.saga, line.step);
            self.wrong("undone while a later step stood", told);
        }
    }

    /// A line of Baton's list; `told` is the status that somebody who waited was told.
    pub(super) fn row(&mut self, row: Row<'_>, told: impl Fn(usize) -> Option<&'static str>) {
        let Some(n) = self.number(row.id) else {
            self.wrong("listed and never submitted", row.id.to_owned());
            return;
        };
        if std::mem::replace(&mut self.sagas[n].listed, true) {
            self.wrong("listed twice", row.id.to_owned());
        }
        if told(n).is_some_and(|told| told != row.status) {
            let what = format!("{} is {}, and was {:?}", row.id, row.status, told(n));
            self.wrong("changed its final status", what);
        }
        let standing = self.sagas[n].steps.map(|step| step.stands);
        let wanted = match row.status {
            "completed" => 1,
            "compensated" | "faulted" | "cancelled" => 0,
            status => {
                self.wrong("not ended", format!("{} is {status}", row.id));
                return;
            }
        };
        if standing != [wanted; STEPS] {
            let what = format!("{} is {}: {standing:?} effects stand", row.id, row.status);
            let kind = if wanted == 0 {
                "left uncompensated"
            } else {
                "completed without its effects"
            };
            self.wrong(kind, what);
        }
    }

    /// Everything that is wrong; `all` says that the list was read to its end.
    pub(super) fn violations(
        &mut self,
        all: bool,
        accepted: impl Fn(usize) -> bool,
    ) -> Vec<String> {
        if !all {
            self.wrong(
                "unknown",
                "the list of sagas could not be read to its end".to_owned(),
            );
        }
        for n in 0..self.sagas.len() {
            match (accepted(n), self.sagas[n].listed) {
                (true, false) => self.wrong("lost", id(n)),
                (false, _) => self.wrong("never accepted", id(n)),
                (true, true) => {}
            }
        }
        let say = |(kind, count, told): &(&str, u64, Vec<String>)| {
            let told = told.join("; ");
            format!("{kind}: {count} times: {told}")
        };
        self.wrong.iter().map(say).collect()
    }

    fn wrong(&mut self, kind: &'static str, what: String) {
        let known = self.wrong.iter_mut().find(|(known, ..)| *known == kind);
        match known {
            Some((_, count, told)) => {
                *count += 1;
                if told.len() < TOLD {
                    told.push(what);
                }
            }
            None => self.wrong.push((kind, 1, vec![what])),
        }
    }

    /// Which saga this is.
    fn number(&self, saga: &str) -> Option<usize> {
        let n = saga.strip_prefix("m-")?.parse().ok()?;
        (n < self.sagas.len()).then_some(n)
    }
}

fn id(n: usize) -> String {
    format!("m-{n}")
}

/// Where a step stands in its workflow.
fn place(step: &str) -> Option<usize> {
    ["a", "b", "c", "d", "e"]
        .iter()
        .position(|name| *name == step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(step: &str, undo: bool, effect: Effect) -> Line {
        let verdict = match effect {
            Effect::Refused => Verdict::Refused,
            Effect::Nothing => Verdict::Absent,
            _ => Verdict::Ok,
        };
        Line {
            arrived: 0,
            at_ms: 0,
            service: "final".to_owned(),
            undo,
            key: format!("m-0:{step}"),
            saga: "m-0".to_owned(),
            step: step.to_owned(),
            attempt: 1,
            compensates: undo.then(|| format!("m-0:{step}")),
            deadline: String::new(),
            body: "0011223344556677".to_owned(),
            effect,
            verdict,
            said: String::new(),
        }
    }

    /// What is wrong with one saga of these calls that ended so.
    fn wrong(lines: &[Line], status: &str) -> Vec<String> {
        let mut tally = Tally::new(1);
        lines.iter().for_each(|line| tally.call(line));
        tally.row(Row { id: "m-0", status }, |_| None);
        let said = tally.violations(true, |_| true);
        said.iter()
            .map(|said| said.split(':').next().unwrap_or_default().to_owned())
            .collect()
    }

    fn done() -> Vec<Line> {
        let step = |step: &&str| line(step, false, Effect::Applied);
        ["a", "b", "c", "d", "e"].iter().map(step).collect()
    }

    /// The second step was refused; both are undone.
    fn undone() -> Vec<Line> {
        vec![
            line("a", false, Effect::Applied),
            line("b", false, Effect::Refused),
            line("b", true, Effect::Nothing),
            line("a", true, Effect::Undone),
        ]
    }

    #[test]
    fn sound_sagas_are_left_alone() {
        assert_eq!(wrong(&done(), "completed"), Vec::<String>::new());
        assert_eq!(wrong(&undone(), "compensated"), Vec::<String>::new());
    }

    #[test]
    fn every_way_to_be_wrong_is_seen() {
        let mut twice = done();
        twice.push(line("c", false, Effect::Applied));
        assert_eq!(
            wrong(&twice, "completed"),
            ["doubled", "completed without its effects"]
        );
        assert_eq!(
            wrong(&done()[..4], "completed"),
            ["completed without its effects"]
        );
        assert_eq!(wrong(&undone()[..3], "compensated"), ["left uncompensated"]);
        assert_eq!(wrong(&done(), "running"), ["not ended"]);
        let mut early = done();
        early.swap(1, 2);
        assert_eq!(
            wrong(&early, "completed"),
            ["called before the step before it had succeeded"]
        );
        let mut other = done();
        other[3].body = "ff11223344556677".to_owned();
        let seen = wrong(&other, "completed");
        assert_eq!(seen, ["called with another body"]);
        let mut across = done();
        across.push(line("a", true, Effect::Undone));
        assert!(
            wrong(&across, "compensated").contains(&"undone while a later step stood".to_owned())
        );
    }

    #[test]
    fn a_saga_that_is_not_listed_is_lost() {
        let mut tally = Tally::new(2);
        tally.row(
            Row {
                id: "m-1",
                status: "faulted",
            },
            |_| Some("faulted"),
        );
        assert_eq!(tally.violations(true, |_| true), ["lost: 1 times: m-0"]);
        let mut tally = Tally::new(1);
        tally.row(
            Row {
                id: "m-0",
                status: "faulted",
            },
            |_| Some("compensated"),
        );
        let said = tally.violations(true, |_| true);
        assert!(said[0].starts_with("changed its final status"), "{said:?}");
    }
}
