//! Which seeds ran, for people: `41–45, 101`.

use crate::stretch;
use crate::sums::Sum;
use crate::table::grouped;
use std::collections::BTreeMap;
use std::ops::Range;

/// The seeds of a sum, the lowest first; nothing where its runs do not say.
pub(crate) fn of(sum: &Sum) -> String {
    let mut all = sum.seeds.clone();
    for seed in sum.notes.iter().filter_map(|note| noted(note)) {
        stretch::join(&mut all, seed..seed + 1);
    }
    let shown: Vec<String> = all.iter().map(shown).collect();
    shown.join(", ")
}

/// The seeds of these sums in one line: said once where several have the same.
pub(crate) fn line(sums: &[&Sum]) -> String {
    let mut names: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for sum in sums {
        names.entry(of(sum)).or_default().push(&sum.name);
    }
    names.remove("");
    let one = |(seeds, names): (&String, &Vec<&str>)| format!("{}: {seeds}", names.join(", "));
    let each: Vec<String> = names.iter().map(one).collect();
    if each.is_empty() {
        return String::new();
    }
    format!("\nSeeds, of {}.\n", each.join("; of "))
}

/// The seed that a note says, if it says nothing else.
pub(crate) fn noted(note: &str) -> Option<u64> {
    note.strip_prefix("seed ")?.parse().ok()
}

fn shown(seeds: &Range<u64>) -> String {
    let last = seeds.end.saturating_sub(1);
    if seeds.start == last {
        grouped(last)
    } else {
        format!("{}–{}", grouped(seeds.start), grouped(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;

    fn sum(name: &str, seeds: &[Range<u64>], notes: &[&str]) -> Sum {
        Sum {
            name: name.to_owned(),
            seeds: seeds.to_vec(),
            notes: notes.iter().map(|note| (*note).to_owned()).collect(),
            ..Entry::default().into()
        }
    }

    #[test]
    fn they_stand_as_ranges_wherever_they_were_said() {
        let ranges = sum("all", &[0..200_000, 300_000..300_001], &[]);
        assert_eq!(of(&ranges), "0–199,999, 300,000");
        let notes = sum("cut", &[], &["seed 42", "seed 41", "11 proxies", "seed 9"]);
        assert_eq!(of(&notes), "9, 41–42");
        assert_eq!(of(&sum("old", &[], &["seed 7, 256 open"])), "");
    }

    #[test]
    fn the_same_seeds_are_said_once() {
        let sums = [
            sum("a", &[], &["seed 1"]),
            sum("b", &[], &["seed 1"]),
            sum("c", &[], &["seed 2"]),
            sum("d", &[], &[]),
        ];
        let all: Vec<&Sum> = sums.iter().collect();
        assert_eq!(line(&all), "\nSeeds, of a, b: 1; of c: 2.\n");
        assert_eq!(line(&all[3..]), "");
    }
}
