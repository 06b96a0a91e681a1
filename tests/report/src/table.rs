//! A table in Markdown whose columns are whatever was counted.

use crate::streak::EVERY_CHANGE;
use crate::sums::Sum;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What is said of faults of which it is not known what they were.
const UNTOLD: &str = "of kinds not told apart";

/// One row a name: runs, seconds, each plain count, violations.
pub(crate) fn table(first: &str, sums: &[&Sum]) -> String {
    let plain = |name: &&String| !name.contains('.') && *name != EVERY_CHANGE;
    let names = sums.iter().flat_map(|sum| sum.counts.keys()).filter(plain);
    let names: BTreeSet<&String> = names.collect();
    let mut text = format!("| {first} | runs |");
    for name in &names {
        write!(text, " {name} |").expect("text");
    }
    text.push_str(" seconds | violations |\n|---|--:|");
    text.push_str(&"--:|".repeat(names.len() + 2));
    text.push('\n');
    for sum in sums {
        write!(text, "| {} | {} |", sum.name, grouped(sum.runs)).expect("text");
        for name in &names {
            let count = sum.counts.get(*name).map(|count| grouped(*count));
            write!(text, " {} |", count.unwrap_or_default()).expect("text");
        }
        let violations = sum.violations.len();
        writeln!(text, " {:.1} | {violations} |", sum.seconds).expect("text");
    }
    text
}

/// Counts named `<group>.<kind>`, summed over all rows: `kind 12, other 3`, one line a group.
pub(crate) fn groups(sums: &[&Sum]) -> String {
    let mut groups: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for sum in sums {
        for (name, count) in &sum.counts {
            if let Some((group, kind)) = name.split_once('.') {
                // Chaos once counted them by the name of the scenario alone.
                let kind = if kind == sum.name { UNTOLD } else { kind };
                *groups.entry(group).or_default().entry(kind).or_default() += count;
            }
        }
    }
    let mut text = String::new();
    for (group, kinds) in groups {
        let total = grouped(kinds.values().sum());
        let one = |(kind, count): (&&str, &u64)| format!("{kind} {}", grouped(*count));
        let each: Vec<String> = kinds.iter().map(one).collect();
        writeln!(text, "\nBy {group} ({total}): {}.", each.join(", ")).expect("text");
    }
    text
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn digits_stand_in_threes() {
        let shown = [0, 12, 123, 1_234, 123_456, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "12", "123", "1,234", "123,456", "1,234,567"]);
    }
}
