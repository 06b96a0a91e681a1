//! Tables in Markdown.

use super::columns::{SHOWN, Shown, system};
use super::ratio::{Budget, Ratio};
use super::sheet::{Row, Sheet, Spread};
use super::short;
use std::collections::BTreeSet;
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
    for told in rows.iter().map(|row| told(row)).collect::<BTreeSet<_>>() {
        writeln!(out, "- {told}").expect("text");
    }
    out.push('\n');
    for note in shown.notes {
        writeln!(out, "{note}\n").expect("text");
    }
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
        "{}: {}; {}; runs {}, {} profile, commit {commit}{changed}, {}; {}",
        system(&row.system),
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
        let (budget, kept) = match ratio.budget {
            None => (String::new(), ""),
            Some(budget) => {
                let kept = if budget.kept(ratio.spread.median) {
                    "kept"
                } else {
                    "**missed**"
                };
                let limit = match budget {
                    Budget::AtLeast(limit) => format!("≥ {limit}"),
                    Budget::AtMost(limit) => format!("≤ {limit}"),
                };
                (limit, kept)
            }
        };
        let Ratio {
            workload,
            what,
            of,
            over,
            ..
        } = ratio;
        let cells = [workload, what, system(of), system(over)].map(str::to_owned);
        let rest = [spread(&ratio.spread), budget, kept.to_owned()];
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
