//! **What is counted is what happened (I23).** The metrics of each life of an orchestrator count every saga it
//! began and ended, by status, every report of an attempt that it used, by verdict, and every orphan it kept:
//! once each, and nothing else. Durations are as many as what they are of, and each end has its span.
//!
//! Binds: whatever the services do. A life that lasts to the end of the run counts exactly what it heard was
//! kept; one that died may have heard more than it came to count, and never counts more. What a store lost is
//! noticed only where it did lose something. News that changes nothing is not counted, also where the saga goes
//! on in the same transition because of what was due.

use super::{End, Judgement, Law, never};
use crate::books::Books;
use crate::counted::{Counts, Life};

pub struct CountsAreTrue;

const LOST: &str = "baton_store_losses_total";
const UNREADABLE: &str = "baton_unreadable_total";
/// Families that are compared name by name.
const COMPARED: [&str; 4] = [
    "baton_sagas_submitted_total",
    "baton_sagas_ended_total",
    "baton_attempts_total",
    "baton_orphans_total",
];

impl Law for CountsAreTrue {
    fn name(&self) -> &'static str {
        "counts_are_true"
    }

    fn end(&self, books: &Books, _: &End<'_>) -> Judgement {
        for (who, life) in &books.counted.lives {
            let says = |what: String| format!("p{}.{}: {what}", who.process, who.life);
            agrees(life).map_err(says)?;
            consists(life).map_err(says)?;
            let lost = count(&life.shown, LOST);
            never(lost > 0 && !books.power_cut, || says(format!("{lost} losses are counted")))?;
            let unreadable = count(&life.shown, UNREADABLE);
            never(unreadable > 0, || says(format!("{unreadable} sagas were unreadable")))?;
        }
        Ok(())
    }
}

fn count(counts: &Counts, name: &str) -> u64 {
    counts.get(name).copied().unwrap_or(0)
}

fn family(counts: &Counts, family: &str) -> u64 {
    let of = counts.iter().filter(|(name, _)| name.split('{').next() == Some(family));
    of.map(|(_, count)| count).sum()
}

/// Each counter against what was heard.
fn agrees(life: &Life) -> Judgement {
    let compared = |name: &&String| name.split('{').next().is_some_and(|family| COMPARED.contains(&family));
    let names = life.heard.keys().chain(life.shown.keys().filter(compared));
    for name in names {
        let (shown, heard) = (count(&life.shown, name), count(&life.heard, name));
        let least = if life.died { 0 } else { heard };
        let right = (least..=heard).contains(&shown);
        never(!right, || format!("{name} says {shown}, there were {heard}"))?;
    }
    Ok(())
}

/// What it says against what else it says.
fn consists(life: &Life) -> Judgement {
    let ended = family(&life.shown, "baton_sagas_ended_total");
    let durations = count(&life.shown, "baton_saga_duration_seconds_count");
    never(ended != durations, || format!("{ended} ends are counted, and {durations} durations"))?;
    let verdicts = ["succeeded", "accepted", "rejected", "unknown"];
    let kinds = ["task", "compensation"];
    let names = kinds.iter().flat_map(|kind| verdicts.map(|verdict| (kind, verdict)));
    let names = names.map(|(kind, verdict)| format!("baton_attempts_total{{kind=\"{kind}\",verdict=\"{verdict}\"}}"));
    let told: u64 = names.map(|name| count(&life.shown, &name)).sum();
    let durations = count(&life.shown, "baton_step_duration_seconds_count");
    never(told != durations, || format!("{told} reports are counted, and {durations} durations"))?;
    let spans = life.spans.unwrap_or(ended);
    never(spans != ended, || format!("{ended} ends are counted, and {spans} spans told"))
}
