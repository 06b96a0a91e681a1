//! Planted bugs: turns each bug of the core on, one after the other, and shows who notices.
//!
//! ```text
//!   for every bug ─► all stories, each as written? ─► n random walks, until a law speaks up ─► a row
//! ```
//!
//! `cargo test -p baton-engine --features planted --test planted -- --walks 2000 [--only NAME | --sound] [--json]`.
//! Fails when the core without a bug breaks a law. A bug that nobody notices here may be noticed by another
//! programme: `reliability-report planted` judges, over all of them.

mod common;
mod story;
mod world;

use baton_shared::planted::{self, Planted};
use proptest::strategy::{Strategy, ValueTree};
use serde_json::json;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;
use world::plan::{Writer, plan};
use world::{Faults, Walk};

/// The kinds of world that the walks go through, one after the other.
const WORLDS: [Faults; 4] = [
    Faults::ANSWERS,
    Faults::NETWORK,
    Faults::PEOPLE,
    Faults::EVERYTHING,
];

/// What people ask for.
struct Options {
    /// Walks under each bug, at most.
    walks: usize,
    only: Option<String>,
    /// Only the core without a bug.
    sound: bool,
    json: bool,
}

/// Who noticed a bug.
struct Found {
    /// The stories that went differently.
    stories: Vec<String>,
    walk: Option<Noticed>,
    /// How often the bug had a say in the walks.
    hits: u64,
    seconds: f64,
}

/// The walk that noticed.
struct Noticed {
    /// From 1.
    number: usize,
    /// What the law said.
    law: String,
    /// The walk, and how many events it came to.
    told: String,
    events: usize,
}

fn main() -> ExitCode {
    let options = options();
    // A bug may end in a panic, which counts as found and need not be told.
    std::panic::set_hook(Box::new(|_| {}));
    let mut missed = Vec::new();
    let began = Instant::now();
    planted::choose(None);
    if options.sound {
        return is_sound(options.walks);
    }
    let sound = look(&options);
    if sound.is_noticed() {
        println!("without any bug: {:?}", sound.stories);
        tell(&sound);
        return ExitCode::FAILURE;
    }
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "no bug: {} walks in {seconds:.1} s, nothing found\n",
        options.walks
    );
    println!("{:<24} {:>7}  {:>6}  noticed by", "bug", "stories", "walks");
    let core = planted::ALL.iter().filter(|bug| bug.part == "core");
    for bug in core.filter(|bug| options.only.as_deref().is_none_or(|only| only == bug.name)) {
        planted::choose(Some(bug.bug));
        let found = look(&options);
        show(bug, &found, options.json);
        if options.only.is_some() {
            tell(&found);
        }
        if !found.is_noticed() {
            missed.push(bug.name);
        }
    }
    if !missed.is_empty() {
        println!("\nnot noticed here: {}", missed.join(", "));
    }
    ExitCode::SUCCESS
}

/// Stops at the first story or walk that goes wrong: what looks for mutants asks often.
fn is_sound(walks: usize) -> ExitCode {
    let wrong = story::paths()
        .into_iter()
        .find(|path| !goes_as_written(path));
    let broken = || Some(first_broken_law(walks)?.law);
    match wrong.map(|path| path.display().to_string()).or_else(broken) {
        None => ExitCode::SUCCESS,
        Some(found) => {
            println!("{found}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Options {
    let mut options = Options {
        walks: 1_000,
        only: None,
        sound: false,
        json: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--walks" => {
                let number = words.next().and_then(|word| word.parse().ok());
                options.walks = number.expect("--walks wants a number");
            }
            "--only" => options.only = words.next(),
            "--sound" => options.sound = true,
            "--json" => options.json = true,
            other => panic!("no option `{other}`: --walks N, --only NAME, --sound, --json"),
        }
    }
    options
}

fn show(bug: &Planted, found: &Found, as_json: bool) {
    let law = found.walk.as_ref().map(|walk| walk.law.as_str());
    if as_json {
        let row = json!({
            "kind": "planted", "name": format!("core: {}", bug.name), "seconds": found.seconds,
            "counts": { "found": u8::from(found.is_noticed()), "stories": found.stories.len(),
                "hits": found.hits, "walks": found.walk.as_ref().map_or(0, |walk| walk.number) },
            "notes": found.words(law),
        });
        println!("{row}");
        return;
    }
    let walks = found
        .walk
        .as_ref()
        .map_or("n".to_owned(), |walk| walk.number.to_string());
    let law = law.map_or_else(
        || format!("no walk; it had a say {} times", found.hits),
        |law| {
            law.lines()
                .next()
                .unwrap_or_default()
                .chars()
                .take(90)
                .collect()
        },
    );
    println!(
        "{:<24} {:>7}  {walks:>6}  {law}",
        bug.name,
        found.stories.len()
    );
}

/// The walk that noticed, step by step.
fn tell(found: &Found) {
    if let Some(walk) = &found.walk {
        println!("{}\n{} events\n{}", walk.told, walk.events, walk.law);
    }
}

impl Found {
    fn is_noticed(&self) -> bool {
        !self.stories.is_empty() || self.walk.is_some()
    }

    /// Who noticed, in few words.
    fn words(&self, law: Option<&str>) -> Vec<String> {
        let first = self.stories.first().map(|first| match self.stories.len() {
            1 => format!("story {first}"),
            many => format!("{many} stories, as {first}"),
        });
        let law = law.and_then(|law| law.lines().next()).unwrap_or_default();
        let law: String = law
            .chars()
            .take(60)
            .map(|c| if c == '|' { '/' } else { c })
            .collect();
        let walk = self.walk.as_ref();
        let walk = walk.map(|walk| format!("walk {}: {law}", walk.number));
        first.into_iter().chain(walk).collect()
    }
}

fn look(options: &Options) -> Found {
    let began = Instant::now();
    let stories = story::paths()
        .into_iter()
        .filter(|path| !goes_as_written(path))
        .map(|path| {
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let before = planted::hits();
    let walk = first_broken_law(options.walks);
    Found {
        stories,
        walk,
        hits: planted::hits() - before,
        seconds: began.elapsed().as_secs_f64(),
    }
}

fn goes_as_written(path: &std::path::Path) -> bool {
    let written = std::fs::read_to_string(path).expect("a story is text");
    catch_unwind(|| story::tell(&written)).is_ok_and(|told| told == written)
}

/// The same walks for every bug, with one kind of world after the other.
fn first_broken_law(walks: usize) -> Option<Noticed> {
    let mut runner = world::runner(1);
    let strategy = (plan(), proptest::num::u64::ANY, proptest::bool::ANY);
    (1..=walks).find_map(|number| {
        let tree = strategy
            .new_tree(&mut runner)
            .expect("no filter refuses one");
        let (plan, seed, raise) = tree.current();
        let faults = WORLDS[number % WORLDS.len()];
        let text = Writer { next: 0 }.plan(&plan);
        let workflow = common::workflow(&text);
        let mut walk = Walk::new(&workflow, seed, faults, raise);
        let law = match catch_unwind(AssertUnwindSafe(|| walk.run())) {
            Ok(Ok(())) => return None,
            Ok(Err(law)) => law,
            Err(_) => "it panics".to_owned(),
        };
        Some(Noticed {
            number,
            law,
            told: format!("{text}\n{}", walk.told()),
            events: walk.journal().len(),
        })
    })
}
