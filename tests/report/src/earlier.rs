//! What the newest commit did not run, as it was when it last ran.

use crate::seeds;
use crate::sums::Sum;
use crate::table::grouped;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What a run counts as a fault of this kind is a kill, and stands in a column of its own.
const KILL: &str = "fault.kill -9";

/// Of each name the sum that ended last.
pub(crate) fn latest<'a>(all: &[&'a Sum]) -> BTreeMap<&'a str, &'a Sum> {
    let mut latest: BTreeMap<&str, &Sum> = BTreeMap::new();
    for sum in all {
        let known = latest.entry(&sum.name).or_insert(sum);
        if known.to < sum.to {
            *known = sum;
        }
    }
    latest
}

/// A column, and what of a sum stands there; empty where there is nothing.
type Column = (&'static str, fn(&Sum) -> String);

const COLUMNS: [Column; 4] = [
    ("seeds", seeds::of),
    ("sagas", |sum| {
        sum.counts
            .get("sagas")
            .map(|count| grouped(*count))
            .unwrap_or_default()
    }),
    ("faults", |sum| shown(faults(sum))),
    ("kills", |sum| shown(kills(sum))),
];

/// The rows of those that are not among the newest commit's.
pub(crate) fn earlier(text: &mut String, first: &str, all: &[&Sum], rows: &[&Sum]) {
    let mut latest = latest(all);
    latest.retain(|name, _| rows.iter().all(|row| row.name != *name));
    if latest.is_empty() {
        return;
    }
    // A column that would be empty is left out.
    let columns = COLUMNS.iter();
    let columns = columns.filter(|(_, of)| latest.values().any(|sum| !of(sum).is_empty()));
    let columns: Vec<&Column> = columns.collect();
    write!(
        text,
        "\nLast run at earlier commits:\n\n| {first} | commit | runs |"
    )
    .expect("text");
    for (name, _) in &columns {
        write!(text, " {name} |").expect("text");
    }
    text.push_str(" seconds | violations |\n|---|---|--:|");
    text.push_str(&"--:|".repeat(columns.len() + 2));
    text.push('\n');
    for (name, sum) in &latest {
        let commit = &sum.commit[..sum.commit.len().min(12)];
        write!(text, "| {name} | `{commit}` | {} |", grouped(sum.runs)).expect("text");
        for (_, of) in &columns {
            write!(text, " {} |", of(sum)).expect("text");
        }
        let (seconds, violations) = (sum.seconds, sum.violations.len());
        writeln!(text, " {seconds:.0} | {violations} |").expect("text");
    }
    // Notes of many runs would fill the page.
    for (name, sum) in latest.into_iter().filter(|(_, sum)| sum.runs == 1) {
        let telling = |note: &&String| !note.starts_with("seed") && !note.contains("proxies:");
        for note in sum.notes.iter().filter(telling) {
            write!(text, "\n- {name}: {note}").expect("text");
        }
    }
    text.push('\n');
}

/// Faults but kills: those counted by kind, or all there were.
fn faults(sum: &Sum) -> u64 {
    let by_kind = sum.counts.iter();
    let by_kind = by_kind.filter(|(name, _)| name.starts_with("fault.") && !name.starts_with(KILL));
    match sum.counts.get("faults") {
        Some(all) => *all,
        None => by_kind.map(|(_, count)| count).sum(),
    }
}

fn kills(sum: &Sum) -> u64 {
    let kills = sum.counts.iter().filter(|(name, _)| name.starts_with(KILL));
    kills.map(|(_, count)| count).sum()
}

fn shown(count: u64) -> String {
    match count {
        0 => String::new(),
        count => grouped(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;

    fn sum(name: &str, at: &str, counts: &[(&str, u64)], notes: &[&str]) -> Sum {
        let counts = counts
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count));
        Entry {
            name: name.to_owned(),
            counts: counts.collect(),
            notes: notes.iter().map(|note| (*note).to_owned()).collect(),
            commit: at.to_owned(),
            at: at.to_owned(),
            ..Entry::default()
        }
        .into()
    }

    #[test]
    fn faults_kills_and_seeds_are_there_for_what_ran_before() {
        let kills = ("fault.kill -9 of a worker", 3);
        let sums = [
            sum("cut", "1", &[("fault.cut connections", 1)], &[]),
            sum(
                "cut",
                "2",
                &[("fault.cut connections", 1_234), kills],
                &["seed 5"],
            ),
            sum("new", "3", &[], &[]),
        ];
        let all: Vec<&Sum> = sums.iter().collect();
        let mut text = String::new();
        earlier(&mut text, "scenario", &all, &all[2..]);
        let head = "| scenario | commit | runs | seeds | faults | kills | seconds | violations |";
        assert!(text.contains(head), "{text}");
        assert!(
            text.contains("| cut | `2` | 1 | 5 | 1,234 | 3 | 0 | 0 |"),
            "{text}"
        );
        assert!(!text.contains("| new"), "{text}");
    }
}
