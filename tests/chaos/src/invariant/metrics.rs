//! I23: what is counted is what happened.
//!
//! Counters begin with a process. Where each of them lived from beginning to end their sums are the truth;
//! where one was killed, what it had counted is gone, and the sums are no more than the truth. What a store
//! wrote and could not say, asked three times, is counted when its writer reads the saga again, and by nobody
//! where another one does what is left of it. A saga of which the store lost something may be counted
//! once for each of its lives.

use super::{Law, Violation, broken};
use crate::client::Came;
use crate::evidence::{Attempt, Evidence, Saga, Step, is_final};
use baton_ledger::record::Verdict;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const LAW: Law = Law {
    id: "I23",
    says: "the metrics count each saga, end, attempt, refusal and letter once, as the ledger and the client do",
    binds: "all orchestrators; exact while none was killed and the store answered, else never more than there was",
    check,
};

/// The counters of one process, by name with labels.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// It counts since the beginning.
    pub whole: bool,
    /// Transitions that it put off because the store did not say whether they were written.
    pub unsure: u64,
    /// None where it did not answer.
    pub counters: Option<BTreeMap<String, u64>>,
}

impl Counted {
    /// Reads Prometheus text; what is no whole number, the sums of seconds, is left out.
    pub fn read(whole: bool, text: Option<&str>, log: &str) -> Self {
        let line = |line: &str| {
            let (name, count) = line.rsplit_once(' ')?;
            Some((name.to_owned(), count.parse().ok()?))
        };
        let read = |text: &str| text.lines().filter_map(line).collect();
        let unsure = log
            .lines()
            .filter(|line| line.contains("saga put off") && line.contains("store unavailable"));
        Self {
            whole,
            unsure: unsure.count() as u64,
            counters: text.map(read),
        }
    }
}

fn check(evidence: &Evidence) -> Vec<Violation> {
    let silent = evidence.counted.iter();
    let silent = silent.filter(|(_, counted)| counted.counters.is_none());
    let mut found: Vec<Violation> = silent
        .map(|(name, _)| say(format!("{name} does not tell its metrics")))
        .collect();
    if evidence.counted.is_empty() || !found.is_empty() {
        return found;
    }
    let sums = Sums::of(evidence);
    found.extend(sagas(evidence, &sums));
    found.extend(attempts(evidence, &sums));
    found.extend(told(evidence, &sums));
    found.extend(gauges(evidence));
    found
}

fn say(what: String) -> Violation {
    broken(&LAW, "-", what, Vec::new())
}

/// All processes together.
struct Sums {
    counters: BTreeMap<String, u64>,
    /// Every process counts since the beginning.
    whole: bool,
    /// So many sagas may have been counted once more, so many transitions by nobody.
    more: u64,
    unsure: u64,
}

impl Sums {
    fn of(evidence: &Evidence) -> Self {
        let mut counters = BTreeMap::new();
        let all = evidence.counted.values();
        for (name, count) in all
            .clone()
            .flat_map(|counted| counted.counters.iter().flatten())
        {
            *counters.entry(name.clone()).or_default() += count;
        }
        Self {
            counters,
            whole: all.clone().all(|counted| counted.whole),
            more: evidence.lost.len() as u64,
            unsure: all.map(|counted| counted.unsure).sum(),
        }
    }

    fn count(&self, name: &str) -> u64 {
        self.counters.get(name).copied().unwrap_or(0)
    }

    /// All counters of a family.
    fn family(&self, family: &str) -> u64 {
        let of = |name: &&String| name.split('{').next() == Some(family);
        let names = self.counters.keys().filter(of);
        names.map(|name| self.count(name)).sum()
    }

    /// What is wrong with a count of which the truth is known.
    fn differs(&self, what: &str, counted: u64, truth: u64) -> Option<Violation> {
        let least = if self.whole {
            truth.saturating_sub(self.unsure)
        } else {
            0
        };
        let most = truth + self.more;
        let right = (least..=most).contains(&counted);
        (!right).then(|| say(format!("{counted} {what} are counted, there were {truth}")))
    }

    /// What is wrong with a count of which only the least is known.
    fn falls_short(&self, what: &str, counted: u64, least: u64) -> Option<Violation> {
        (self.whole && counted < least).then(|| {
            say(format!(
                "{counted} {what} are counted, there were {least} at least"
            ))
        })
    }
}

fn sagas(evidence: &Evidence, sums: &Sums) -> Vec<Violation> {
    let all = evidence.sagas.len() as u64;
    let submitted = sums.count("baton_sagas_submitted_total");
    let mut found: Vec<Violation> = sums
        .differs("submissions", submitted, all)
        .into_iter()
        .collect();
    let mut ended: BTreeMap<&str, u64> = BTreeMap::new();
    for saga in evidence
        .sagas
        .values()
        .filter(|saga| is_final(&saga.status))
    {
        *ended.entry(&saga.status).or_default() += 1;
    }
    for status in ["completed", "compensated", "faulted", "cancelled"] {
        let counted = sums.count(&format!("baton_sagas_ended_total{{status=\"{status}\"}}"));
        let truth = ended.get(status).copied().unwrap_or(0);
        found.extend(sums.differs(&format!("sagas that ended {status}"), counted, truth));
    }
    let (taken, times) = (
        sums.count("baton_saga_duration_seconds_count"),
        sums.family("baton_sagas_ended_total"),
    );
    if taken != times {
        found.push(say(format!(
            "{times} ends are counted, and {taken} durations"
        )));
    }
    found
}

/// A call that somebody answered is counted once, as what it was answered with; nothing else is.
fn attempts(evidence: &Evidence, sums: &Sums) -> Vec<Violation> {
    // How often a lost saga was called in the life that is gone, nobody knows.
    if sums.more > 0 {
        return Vec::new();
    }
    let kinds = [("task", false), ("compensation", true)].into_iter();
    kinds
        .flat_map(|(kind, undo)| of_kind(evidence, sums, kind, undo))
        .collect()
}

fn of_kind(evidence: &Evidence, sums: &Sums, kind: &str, undo: bool) -> Vec<Violation> {
    let count = |verdict: &str| {
        let labels = format!("kind=\"{kind}\",verdict=\"{verdict}\"");
        sums.count(&format!("baton_attempts_total{{{labels}}}"))
    };
    let steps = evidence.sagas.values().flat_map(|saga| saga.steps.iter());
    let steps = steps.filter(|step| step.service && step.compensates.is_some() == undo);
    let (mut yes, mut no, mut unknown) = (0, 0, 0);
    for step in steps {
        yes += succeeded(step);
        no += attempts_with(step, "rejected");
        unknown += attempts_with(step, "unknown");
    }
    // What a step given up is shown with stays; a success that came late is in its journal.
    let late = if undo { 0 } else { late(evidence) };
    let mut found = Vec::new();
    for (verdict, least, most) in [("succeeded", yes, yes + late), ("rejected", no, no)] {
        let counted = count(verdict);
        // One transition may have taken in what became of several attempts.
        let short = sums.unsure == 0 && sums.whole && counted < least;
        if short || counted > most {
            found.push(say(format!(
                "{counted} {kind} attempts that {verdict} are counted, there were {least}, and {late} late"
            )));
        }
    }
    // A deadline books an attempt as unknown without a report.
    let reported = count("unknown") + count("given-up");
    if reported > unknown {
        found.push(say(format!(
            "{reported} {kind} attempts without an answer are counted, there were {unknown}"
        )));
    }
    let (counted, answered) = (count("succeeded"), successes(evidence, undo));
    if counted > answered {
        found.push(say(format!(
            "{counted} {kind} attempts that succeeded are counted, the services said yes to {answered}"
        )));
    }
    found
}

fn attempts_with(step: &Step, status: &str) -> u64 {
    let with = |attempt: &&Attempt| attempt.status == status;
    step.attempts.iter().filter(with).count() as u64
}

/// Successes of a step: of an attempt, or of one that was booked as unknown before its answer was heard.
fn succeeded(step: &Step) -> u64 {
    let shown = attempts_with(step, "succeeded");
    let last = step.attempts.last().and_then(|attempt| attempt.http);
    // An undo may also be done because it found nothing, which is a refusal.
    let found_nothing = step.compensates.is_some() && matches!(last, Some(404 | 410));
    let heard_late = shown == 0 && step.status == "succeeded" && !found_nothing;
    shown + u64::from(heard_late)
}

/// Successes of steps that had been given up.
fn late(evidence: &Evidence) -> u64 {
    let events = evidence
        .journals
        .values()
        .flat_map(|journal| &journal.events);
    events
        .filter(|event| event["event"] == "lateSuccess")
        .count() as u64
}

/// Attempts to which a service said yes, by the ledger: or nothing there, to one that undoes.
fn successes(evidence: &Evidence, undo: bool) -> u64 {
    let yes = |saga: &Saga| {
        let lines = saga.lines.iter().map(|(_, line)| line);
        let done = lines.filter(|line| {
            let none = line.undo && matches!(line.verdict, Verdict::Absent | Verdict::Refused);
            let lied = line.said.parse::<u64>().is_err();
            line.undo == undo && (line.verdict == Verdict::Ok || none || lied)
        });
        let attempts: BTreeSet<(&str, u32)> = done.map(|line| (&*line.key, line.attempt)).collect();
        attempts.len() as u64
    };
    evidence.sagas.values().map(yes).sum()
}

/// What the client was refused, and what lies with the dead letters and belongs to no saga.
fn told(evidence: &Evidence, sums: &Sums) -> Vec<Violation> {
    let mut refused: BTreeMap<&str, u64> = BTreeMap::new();
    for op in evidence
        .log
        .iter()
        .filter(|op| matches!(op.came, Came::Fail | Came::Info))
    {
        // A status, a code in kebab case, and its reason.
        let mut words = op
            .note
            .split(' ')
            .skip_while(|word| word.parse::<u16>().is_err());
        if let (Some(_), Some(code)) = (words.next(), words.next().filter(|code| !code.is_empty()))
        {
            *refused.entry(code).or_default() += 1;
        }
    }
    let short = refused.into_iter().filter_map(|(code, times)| {
        let counted = sums.count(&format!("baton_refusals_total{{reason=\"{code}\"}}"));
        sums.falls_short(&format!("refusals for `{code}`"), counted, times)
    });
    let orphans = evidence
        .letters
        .iter()
        .filter(|letter| letter["saga"].is_null());
    let counted = sums.count("baton_orphans_total");
    let orphans = sums.falls_short("orphans", counted, orphans.count() as u64);
    let mut found: Vec<Violation> = short.chain(orphans).collect();
    let lost = sums.count("baton_store_losses_total");
    if lost > 0 && evidence.lost.is_empty() {
        found.push(say(format!(
            "{lost} losses of the store are counted, it lost nothing"
        )));
    }
    found
}

/// What each process says of the present is true, whenever it began.
fn gauges(evidence: &Evidence) -> Vec<Violation> {
    let open = evidence
        .letters
        .iter()
        .filter(|letter| !letter["saga"].is_null());
    let open = open.count() as u64;
    let wrong = evidence.counted.iter().filter_map(|(name, counted)| {
        let said = counted
            .counters
            .as_ref()?
            .get("baton_dead_letters_open")
            .copied();
        (said != Some(open)).then(|| {
            say(format!(
                "{name} says that {said:?} dead letters are open, {open} are listed"
            ))
        })
    });
    wrong.collect()
}
