//! Every single fault, every pair or every triple, of the reference sagas in `tests/sagas`, counted and timed.
//!
//! ```console
//! $ cargo run --release -p baton-engine --example explore -- --pairs
//! $ cargo run --release -p baton-engine --example explore -- --pairs --shard 1/8 --json nested   # and a line for `baton-report`
//! ```

#[path = "../tests/common/catalogue.rs"]
mod catalogue;

use baton_engine::explore::{Answers, Counts, Plan, Run, Shard};
use baton_engine::language;
use catalogue::catalogue;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

struct Wanted {
    at_once: usize,
    json: bool,
    shard: Shard,
    /// All where empty.
    names: Vec<String>,
}

fn main() -> ExitCode {
    let Some(wanted) = wanted(std::env::args().skip(1)) else {
        eprintln!("explore [--pairs | --triples] [--shard PART/OF] [--json] [NAME...]");
        return ExitCode::from(2);
    };
    let (mut faults, mut busy, mut clean) = (0, 0.0, true);
    for file in sagas() {
        let name = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !wanted.names.is_empty() && !wanted.names.contains(&name) {
            continue;
        }
        let began = (Instant::now(), processor_seconds());
        let (counts, violations) = explore(&file, &wanted);
        let seconds = began.0.elapsed().as_secs_f64();
        let used = processor_seconds()
            .zip(began.1)
            .map_or(seconds, |(now, then)| now - then);
        faults += counts.faults;
        busy += used;
        clean &= violations.is_empty();
        report(&name, &wanted, counts, seconds, used, &violations);
    }
    let rate = faults as f64 / busy.max(f64::EPSILON);
    eprintln!("{faults} faults, {rate:.0} a second of one core");
    if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn wanted(args: impl Iterator<Item = String>) -> Option<Wanted> {
    let mut wanted = Wanted {
        at_once: 1,
        json: false,
        shard: Shard::WHOLE,
        names: Vec::new(),
    };
    let mut args = args;
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--pairs" => wanted.at_once = 2,
            "--triples" => wanted.at_once = 3,
            "--json" => wanted.json = true,
            "--shard" => {
                let shard = args.next()?;
                let (part, of) = shard.split_once('/')?;
                let (part, of) = (part.parse().ok()?, of.parse().ok()?);
                if of == 0 {
                    return None;
                }
                wanted.shard = Shard { part, of };
            }
            other if other.starts_with('-') => return None,
            name => wanted.names.push(name.to_owned()),
        }
    }
    Some(wanted)
}

fn sagas() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sagas");
    let entries = std::fs::read_dir(folder).expect("the reference sagas");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files
}

fn explore(file: &Path, wanted: &Wanted) -> (Counts, Vec<String>) {
    let source = std::fs::read_to_string(file).expect("a reference saga");
    let (workflow, found) = language::read(&source, &catalogue());
    let workflow = workflow.unwrap_or_else(|| panic!("{}: {found:#?}", file.display()));
    let answers = Answers::of(&workflow, &catalogue(), &BTreeMap::new());
    let input = json!({ "order": 1 });
    let plan = Plan {
        at_once: wanted.at_once,
        shard: wanted.shard,
        ..Plan::new(&workflow, &answers, &input)
    };
    let mut violations = Vec::new();
    let mut on_run = |Run { struck, ending, .. }: Run<'_>| {
        if !ending.is_clean() {
            violations.push(format!("{struck:?}: {ending:?}"));
        }
    };
    let explored = plan.explore(&mut on_run);
    let explored = explored.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    (explored.counts, violations)
}

fn report(
    name: &str,
    wanted: &Wanted,
    counts: Counts,
    seconds: f64,
    used: f64,
    violations: &[String],
) {
    if wanted.json {
        let depth = ["singles", "pairs", "triples"][wanted.at_once - 1];
        let line = json!({
            "kind": "explore", "name": format!("{name}, {depth}"), "seconds": seconds,
            "counts": {
                "points": counts.points, "faults": counts.faults, "schedules": counts.runs,
                "states": counts.states, "inputs": counts.inputs,
                "processor ms": (used * 1000.0) as u64,
            },
            "violations": violations,
        });
        println!("{line}");
    }
    println!("{name:13} {counts:?} {used:.2}s");
    for violation in violations.iter().take(5) {
        println!("  {violation}");
    }
}

/// What this thread has used of a processor, where the system tells: others may be busy here too.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanos / 1e9)
}
