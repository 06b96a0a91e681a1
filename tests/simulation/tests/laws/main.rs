//! A law that nothing breaks shows nothing: each is shown what it must refuse, and the nearest thing that it must
//! not; or a planted bug breaks it: by a seed of `regressions.txt`, which `tests/planted.rs` holds to it, or in the
//! table that `make planted` writes of what it found.

mod cases;
mod closely;
mod made;

use baton_simulation::law::LAWS;
use cases::CASES;
use made::law;
use std::collections::BTreeSet;

#[test]
fn laws_refuse_what_breaks_them_and_nothing_near_it() {
    for (name, show) in CASES {
        let shown = show(law(name));
        assert!(shown.broken.is_err(), "{name} accepts what breaks it");
        assert_eq!(shown.kept, Ok(()), "{name} refuses what keeps it");
    }
}

#[test]
fn every_law_is_broken_somewhere() {
    let here = CASES.iter().map(|(name, _)| *name);
    let lines = baton_simulation::regressions::all();
    let planted = lines.iter().filter(|line| line.planted.is_some());
    let planted = planted.map(|line| line.law);
    let broken: BTreeSet<&str> = here.chain(planted).chain(found()).collect();
    let laws = LAWS.iter().map(|law| law.name());
    let never: Vec<&str> = laws.filter(|law| !broken.contains(law)).collect();
    assert!(
        never.is_empty(),
        "nothing shows that these can be broken: {never:?}"
    );
}

/// The laws by which the simulation found planted bugs, as the report that is made of its results has them.
fn found() -> impl Iterator<Item = &'static str> {
    let report = include_str!("../../../../docs/reliability.md");
    let table = report
        .split_once("\n## Planted bugs\n")
        .map_or("", |(_, rest)| rest);
    let table = table.split("\n## ").next().unwrap_or_default();
    let rows = table.lines().filter(|line| line.starts_with("| "));
    rows.filter_map(|row| row.split('|').nth(2).map(str::trim))
}
