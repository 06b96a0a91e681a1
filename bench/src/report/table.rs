//! Tables in Markdown.

use super::budget;
use super::columns::{SHOWN, Shown, system};
use super::ratio::Ratio;
use super::sheet::{Row, Sheet, Spread};
use super::short;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The line of the notes in whose place the tables stand.
pub const FIGURES: &str = "<!-- figures -->";

/// The notes with the tables in their place.
pub fn page(notes: &str, sheet: &Sheet) -> String {
    notes.replace(FIGURES, tables(sheet).trim_end())
}

/// All tables: workload by workload, then ratios, then what each process used.
pub fn tables(sheet: &Sheet) -> String {
    if sheet.rows.is_empty() {
        return "Nothing is recorded yet.".to_owned();
    }
    let mut out = String::new();
    for shown in SHOWN {
        workload(&mut out, shown, sheet);
    }
    ratios(&mut out, &sheet.ratios);
    parts(&mut out, sheet);
    out
}

fn workload(out: &mut String, shown: &Shown, sheet: &Sheet) {
    let rows: Vec<&Row> = sheet
        .rows
        .iter()
        .filter(|row| row.workload == shown.workload)
        .collect();
    if rows.is_empty() {
        return;
    }
    writeln!(out, "### {}: {}\n", shown.workload, shown.title).expect("text");
    let variants = rows.iter().any(|row| !row.variant.is_empty());
    let mut head = vec!["system"];
    if variants {
        head.push("variant");
    }
    let has = |name: &str| rows.iter().any(|row| row.figures.contains_key(name));
    let columns: Vec<_> = shown.columns.iter().filter(|(name, _)| has(name)).collect();
    head.extend(columns.iter().map(|(_, heading)| *heading));
    line(out, &head);
    line(out, &vec!["---"; head.len()]);
    for row in &rows {
        let mut cells = vec![system(&row.system).to_owned()];
        if variants {
            cells.push(row.variant.clone());
        }
        let figure = |name: &str| row.figures.get(name).map_or(String::new(), spread);
        cells.extend(columns.iter().map(|(name, _)| figure(name)));
        line(out, &cells);
    }
    out.push('\n');
    for told in bullets(&rows) {
        writeln!(out, "- {told}").expect("text");
    }
    out.push('\n');
    budgets(out, shown, &rows);
    for note in shown.notes {
        writeln!(out, "{note}\n").expect("text");
    }
}

/// The figures that have budgets of their own, and whether these are kept.
fn budgets(out: &mut String, shown: &Shown, rows: &[&Row]) {
    let lines = rows.iter().flat_map(|row| {
        budget::of(row).map(move |(figure, found, budget)| {
            let [limit, kept] = budget.said(found.median);
            let cells = [row.variant.clone(), system(&row.system).to_owned()];
            let rest = [
                shown.heading(figure).to_owned(),
                spread(&found),
                limit,
                kept,
            ];
            [&cells[..], &rest[..]].concat()
        })
    });
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() {
        return;
    }
    line(out, &["variant", "system", "figure", "", "budget", ""]);
    line(out, &["---"; 6]);
    for cells in &lines {
        line(out, cells);
    }
    out.push('\n');
}

/// On what each system was measured; by variants, where not all of them were on the same.
fn bullets(rows: &[&Row]) -> Vec<String> {
    let mut systems: BTreeMap<&str, BTreeMap<String, Vec<&str>>> = BTreeMap::new();
    for row in rows {
        let of = systems.entry(system(&row.system)).or_default();
        of.entry(told(row)).or_default().push(&row.variant);
    }
    let of = systems.iter().flat_map(|(system, all)| {
        all.iter().map(move |(told, variants)| match all.len() {
            1 => format!("{system}: {told}"),
            _ => format!("{system}, {}: {told}", variants.join(", ")),
        })
    });
    of.collect()
}

/// On what a row was measured.
fn told(row: &Row) -> String {
    let setting = |name: &str| row.settings.get(name).map_or("", String::as_str);
    let commit = row.commit.get(..7).unwrap_or(&row.commit);
    let changed = if row.dirty {
        " with uncommitted changes"
    } else {
        ""
    };
    let mut settings: Vec<String> = row
        .settings
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "on" | "profile"))
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    settings.sort();
    format!(
        "{}; {}; runs {}, {} profile, commit {commit}{changed}, {}; {}",
        setting("on"),
        settings.join(", "),
        row.runs,
        setting("profile"),
        row.at.get(..10).unwrap_or(&row.at),
        row.machine,
    )
}

fn ratios(out: &mut String, ratios: &[Ratio]) {
    if ratios.is_empty() {
        return;
    }
    out.push_str("### Ratios, from runs that alternated\n\n");
    line(
        out,
        &["workload", "figure", "of", "over", "ratio", "budget", ""],
    );
    line(out, &["---"; 7]);
    for ratio in ratios {
        let told = ratio.budget.map(|budget| budget.said(ratio.spread.median));
        let [budget, kept] = told.unwrap_or_default();
        let Ratio {
            workload,
            what,
            of,
            over,
            ..
        } = ratio;
        let cells = [workload, what, system(of), system(over)].map(str::to_owned);
        let rest = [spread(&ratio.spread), budget, kept];
        line(out, &[&cells[..], &rest[..]].concat());
    }
    out.push('\n');
}

/// What each process used at saturation, beside the sums above.
fn parts(out: &mut String, sheet: &Sheet) {
    let mut lines = Vec::new();
    for row in sheet.rows.iter().filter(|row| row.workload == "W1") {
        for (name, cpu) in &row.figures {
            if let Some(part) = name.strip_prefix("cpu.") {
                let peak = row.figures.get(&format!("peak.{part}"));
                let peak = peak.map_or(String::new(), spread);
                lines.push([
                    system(&row.system).to_owned(),
                    part.to_owned(),
                    spread(cpu),
                    peak,
                ]);
            }
        }
    }
    if lines.is_empty() {
        return;
    }
    out.push_str("### W1, process by process\n\n");
    line(
        out,
        &["system", "process", "CPU s per 1,000 steps", "peak MiB"],
    );
    line(out, &["---"; 4]);
    for cells in &lines {
        line(out, cells);
    }
    out.push('\n');
}

fn spread(spread: &Spread) -> String {
    let Spread { median, min, max } = *spread;
    if short(min) == short(max) {
        return short(median);
    }
    format!("{} ({} to {})", short(median), short(min), short(max))
}

fn line<S: AsRef<str>>(out: &mut String, cells: &[S]) {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    writeln!(out, "| {} |", cells.join(" | ")).expect("text");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(variant: &str, window: &str) -> Row {
        let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Row {
            workload: "W4".to_owned(),
            variant: variant.to_owned(),
            system: "1".to_owned(),
            runs: 3,
            commit: "c".to_owned(),
            dirty: false,
            machine: "m".to_owned(),
            at: "t".to_owned(),
            settings: BTreeMap::from([setting("on", "it"), setting("window", window)]),
            figures: BTreeMap::new(),
        }
    }

    #[test]
    fn a_budget_is_told_beside_its_table() {
        let mut waiting = row("50,000 waiting", "8");
        waiting.workload = "W3".to_owned();
        waiting.system = "embedded".to_owned();
        for (median, told) in [
            (99.0, "| ≤ 100 | kept |"),
            (101.0, "| ≤ 100 | **missed** |"),
        ] {
            let spread = Spread {
                median,
                min: median,
                max: median,
            };
            let figures = BTreeMap::from([("above idle MiB".to_owned(), spread)]);
            let rows = vec![Row {
                figures,
                ..waiting.clone()
            }];
            let sheet = Sheet {
                rows,
                ratios: Vec::new(),
            };
            let page = tables(&sheet);
            assert!(page.contains(told), "{page}");
        }
    }

    #[test]
    fn what_differs_by_variant_is_said_of_each() {
        let said = |rows: &[&Row]| {
            let told = bullets(rows);
            let heads = told.iter().filter_map(|told| told.split(':').next());
            heads.map(str::to_owned).collect::<Vec<_>>()
        };
        let [a, b, c] = [row("a", "8"), row("b", "8"), row("c", "16")];
        assert_eq!(said(&[&a, &b]), ["one orchestrator, one worker"]);
        assert_eq!(
            said(&[&a, &b, &c]),
            [
                "one orchestrator, one worker, c",
                "one orchestrator, one worker, a, b",
            ]
        );
    }
}
