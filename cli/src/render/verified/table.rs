//! The table: equal ends together, the worst first, and by what each comes about.

use super::super::line::{Line, width as columns, wrap};
use super::super::{Look, style};
use super::{ends, names, whose};
use crate::command::verify::Verified;
use anstyle::Style;
use baton_engine::explore::{Fault, Row};
use baton_engine::workflow::TaskIndex;
use std::collections::{BTreeMap, BTreeSet};

/// A task, or its undoing.
type Place = (bool, Option<TaskIndex>);

/// Rows that end alike.
struct Group<'r> {
    ends: String,
    left: String,
    rank: u8,
    rows: Vec<&'r Row>,
}

const GAP: usize = 2;

pub(super) fn lines(one: &Verified, look: &Look, width: usize) -> Vec<Line> {
    let rows: Vec<&Row> = one.report.rows.iter().collect();
    let universe = Universe::of(&rows);
    let none = look.sign("–", "-");
    let mut groups: Vec<Group<'_>> = Vec::new();
    for row in &rows {
        let left = names(&one.workflow, row.ending.left());
        let left = if left.is_empty() {
            none.to_owned()
        } else {
            left
        };
        let ends = ends(&row.ending);
        match groups
            .iter_mut()
            .find(|group| group.ends == ends && group.left == left)
        {
            Some(group) => group.rows.push(row),
            None => groups.push(Group {
                rank: rank(row),
                ends,
                left,
                rows: vec![row],
            }),
        }
    }
    groups.sort_by(|a, b| (a.rank, &a.ends, &a.left).cmp(&(b.rank, &b.ends, &b.left)));
    let fit = |wanted: usize, most: usize| wanted.min(most);
    let widest = |cells: &mut dyn Iterator<Item = &String>, title: &str| {
        cells
            .map(|cell| columns(cell))
            .max()
            .unwrap_or(0)
            .max(title.len())
    };
    let first = fit(
        widest(&mut groups.iter().map(|group| &group.ends), "ENDS"),
        16,
    );
    let second = fit(
        widest(&mut groups.iter().map(|group| &group.left), "LEFT STANDING"),
        width / 4,
    );
    let room = width.saturating_sub(first + second + 2 * GAP).max(20);
    let mut lines = vec![titles(first, second)];
    for group in &groups {
        let when: Vec<String> = universe
            .told(&group.rows, one)
            .iter()
            .flat_map(|text| hanging(text, room))
            .collect();
        let cells = [wrap(&group.ends, first), wrap(&group.left, second), when];
        let styles = [end_style(group), left_style(group), style::PLAIN];
        lines.extend(side_by_side(&cells, styles, [first, second]));
    }
    lines
}

/// What does not fit hangs below, a little to the right.
fn hanging(text: &str, room: usize) -> Vec<String> {
    let mut pieces = wrap(text, room);
    if pieces.len() > 1 {
        let first = pieces.remove(0);
        let rest = wrap(&pieces.join(" "), room.saturating_sub(2));
        pieces = rest.into_iter().map(|piece| format!("  {piece}")).collect();
        pieces.insert(0, first);
    }
    pieces
}

fn titles(first: usize, second: usize) -> Line {
    let mut line = Line::of(style::DIM, "ENDS");
    line.pad(first + GAP);
    line.push(style::DIM, "LEFT STANDING");
    line.pad(first + second + 2 * GAP);
    line.push(style::DIM, "WHEN");
    line
}

fn side_by_side(cells: &[Vec<String>; 3], styles: [Style; 3], widths: [usize; 2]) -> Vec<Line> {
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    let row = |at: usize| {
        let mut line = Line::default();
        let mut column = 0;
        for (n, cell) in cells.iter().enumerate() {
            line.pad(column);
            line.push(styles[n], cell.get(at).cloned().unwrap_or_default());
            column += widths.get(n).map_or(0, |width| width + GAP);
        }
        line
    };
    (0..height).map(row).collect()
}

/// The worst first.
fn rank(row: &Row) -> u8 {
    let ending = &row.ending;
    match (
        ending.is_clean(),
        ending.retried.is_some(),
        ending.status.word(),
    ) {
        (false, ..) => 0,
        (true, true, _) => 1,
        (true, false, "completed") => 3,
        (true, false, _) => 2,
    }
}

fn end_style(group: &Group<'_>) -> Style {
    match group.rank {
        0 => style::BAD,
        1 => style::HELD,
        2 => style::UNDONE,
        _ => style::GOOD,
    }
}

fn left_style(group: &Group<'_>) -> Style {
    if group.rank == 0 {
        style::BAD
    } else {
        style::DIM
    }
}

/// The members of each family that struck a place.
type Families = BTreeMap<(Place, &'static str), BTreeSet<Fault>>;

/// What struck anywhere: against it, "any step" and "crash" mean something.
struct Universe {
    families: Families,
}

impl Universe {
    fn of(rows: &[&Row]) -> Self {
        Self {
            families: families(rows),
        }
    }

    /// `any step: refused, crash`, one text for all that befalls the same places.
    fn told(&self, rows: &[&Row], one: &Verified) -> Vec<String> {
        // A family that struck a place in other ways too is told fault by fault.
        let mut labels: BTreeMap<&'static str, (Fault, BTreeSet<Place>)> = BTreeMap::new();
        for ((place, family), faults) in families(rows) {
            let whole = self.families.get(&(place, family)) == Some(&faults);
            for fault in faults {
                let label = if whole { family } else { fault.words() };
                let (first, places) = labels.entry(label).or_insert((fault, BTreeSet::new()));
                *first = fault.min(*first);
                places.insert(place);
            }
        }
        let mut ordered: Vec<_> = labels.into_iter().collect();
        ordered.sort_by_key(|(_, (first, _))| *first);
        let mut texts: Vec<(String, Vec<&'static str>)> = Vec::new();
        for (label, (_, places)) in ordered {
            let places = self.places(label, &places, one);
            match texts.iter_mut().find(|(known, _)| *known == places) {
                Some((_, labels)) => labels.push(label),
                None => texts.push((places, vec![label])),
            }
        }
        let told = texts
            .iter()
            .map(|(places, labels)| format!("{places}: {}", labels.join(", ")));
        told.collect()
    }

    fn places(&self, label: &str, places: &BTreeSet<Place>, one: &Verified) -> String {
        let each = [false, true].map(|undo| {
            let some: Vec<Place> = places
                .iter()
                .copied()
                .filter(|place| place.0 == undo)
                .collect();
            let all = self.all(label, undo);
            self.named(&some, &all, undo, one)
        });
        each.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// Every place of this kind that a label's faults struck, with whatever end.
    fn all(&self, label: &str, undo: bool) -> Vec<Place> {
        let means = |family: &str, faults: &BTreeSet<Fault>| {
            family == label || faults.iter().any(|fault| fault.words() == label)
        };
        let struck = self.families.iter();
        let mut all: Vec<Place> = struck
            .filter(|((place, family), faults)| place.0 == undo && means(family, faults))
            .map(|((place, _), _)| *place)
            .collect();
        all.dedup();
        all
    }

    fn named(&self, some: &[Place], all: &[Place], undo: bool, one: &Verified) -> Option<String> {
        let tasks = |places: &[Place]| {
            let tasks = places.iter().map(|place| whose(&one.workflow, place.1));
            tasks.collect::<Vec<_>>().join(", ")
        };
        let missing: Vec<Place> = all
            .iter()
            .copied()
            .filter(|place| !some.contains(place))
            .collect();
        let any = if undo { "any undoing" } else { "any step" };
        match (some.len(), missing.len()) {
            (0, _) => None,
            (found, 0) if found > 1 => Some(any.to_owned()),
            (found, but) if found > 3 && but < 3 => Some(format!("{any} but {}", tasks(&missing))),
            _ if undo => Some(format!("undoing of {}", tasks(some))),
            _ => Some(tasks(some)),
        }
    }
}

fn families(rows: &[&Row]) -> Families {
    let mut families = Families::new();
    for (place, fault) in rows.iter().flat_map(|row| struck(row)) {
        let family = families.entry((place, fault.family())).or_default();
        family.insert(fault);
    }
    families
}

/// What a row looks at: what struck last. A fault before it only led there.
fn struck(row: &Row) -> impl Iterator<Item = (Place, Fault)> {
    row.struck
        .last()
        .into_iter()
        .map(|struck| ((struck.undo, struck.task), struck.fault))
}
