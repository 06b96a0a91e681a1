//! The definitions that programs may use: parsed and ticked once, handed out by need.

use super::{guard, natives};
use crate::expression::reading::nearest;
use jaq_core::load::parse::{Def, Term};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Every definition, in the order in which they may call each other.
struct Prelude {
    defs: Vec<Entry>,
    /// Where each is, by name and arity.
    places: BTreeMap<(&'static str, usize), usize>,
    natives: BTreeSet<(&'static str, usize)>,
}

struct Entry {
    def: Def,
    weight: usize,
    calls: BTreeSet<(&'static str, usize)>,
}

/// jaq's definitions that reach outside.
const DROPPED: [&str; 4] = ["stderr", "debug", "halt", "halt_error"];

/// Parts of jaq's definitions that are no language of their own.
const HIDDEN: [&str; 9] = [
    "error_empty",
    "key_values",
    "path_value",
    "min_by_or_empty",
    "max_by_or_empty",
    "split_",
    "split_matches",
    "matches",
    "totype",
];

/// What people know from jq and programs here do not have, for a reason.
const OUTSIDE: [&str; 18] = [
    "env",
    "input",
    "inputs",
    "now",
    "localtime",
    "strflocaltime",
    "halt",
    "halt_error",
    "debug",
    "stderr",
    "input_filename",
    "input_line_number",
    "get_search_list",
    "getenv",
    "modulemeta",
    "import",
    "include",
    "$__prog_args",
];

fn prelude() -> &'static Prelude {
    static PRELUDE: OnceLock<Prelude> = OnceLock::new();
    PRELUDE.get_or_init(|| {
        let natives: BTreeSet<_> = natives::all()
            .map(|(name, args, _)| (name, args.len()))
            .collect();
        let mut prelude = Prelude {
            defs: Vec::new(),
            places: BTreeMap::new(),
            natives,
        };
        let ours = jaq_core::load::parse(include_str!("prelude.jq"), |parser| parser.defs())
            .expect("the prelude is fixed text, and jaq parses it");
        let own: BTreeSet<_> = ours.iter().map(|def| (def.name, def.args.len())).collect();
        let theirs = |def: &Def, natives: &BTreeSet<(&str, usize)>| {
            let signature = (def.name, def.args.len());
            !own.contains(&signature)
                && !natives.contains(&signature)
                && !DROPPED.contains(&def.name)
        };
        let core: Vec<_> = jaq_core::defs()
            .filter(|def| theirs(def, &prelude.natives))
            .collect();
        let rest = jaq_std::defs().chain(jaq_json::defs());
        let rest: Vec<_> = rest.filter(|def| theirs(def, &prelude.natives)).collect();
        core.into_iter()
            .chain(ours)
            .chain(rest)
            .for_each(|def| prelude.add(def));
        prelude
    })
}

impl Prelude {
    fn add(&mut self, def: Def) {
        let def = Def {
            body: guard::ticked(def.body),
            ..def
        };
        let mut calls = Vec::new();
        guard::calls(&def.body, &mut calls);
        let weight = guard::weight(&def.body, &mut Vec::new(), &|name, arity| {
            self.weight(name, arity)
        });
        self.places
            .insert((def.name, def.args.len()), self.defs.len());
        self.defs.push(Entry {
            def,
            weight,
            calls: calls.into_iter().collect(),
        });
    }

    fn weight(&self, name: &str, arity: usize) -> usize {
        self.places
            .get(&(name, arity))
            .map_or(1, |place| self.defs[*place].weight)
    }

    fn names(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.places
            .keys()
            .chain(&self.natives)
            .copied()
            .filter(|(name, _)| !hidden(name))
    }
}

fn hidden(name: &str) -> bool {
    name.starts_with("__") || HIDDEN.contains(&name)
}

/// What a program needs of the prelude.
pub(super) struct Needed {
    pub(super) defs: Vec<Def>,
    /// Names and arities of the natives.
    pub(super) natives: BTreeSet<(&'static str, usize)>,
}

/// The definitions and natives that a ticked term can reach.
pub(super) fn needed(term: &Term<&str>) -> Needed {
    let prelude = prelude();
    let mut open = Vec::new();
    guard::calls(term, &mut open);
    let mut places = BTreeSet::new();
    let mut natives = BTreeSet::new();
    while let Some(call) = open.pop() {
        natives.extend(prelude.natives.iter().find(|native| **native == call));
        if let Some(place) = prelude.places.get(&call)
            && places.insert(*place)
        {
            open.extend(prelude.defs[*place].calls.iter().copied());
        }
    }
    Needed {
        defs: places
            .into_iter()
            .map(|place| prelude.defs[place].def.clone())
            .collect(),
        natives,
    }
}

/// How deep a term may make jaq recurse.
pub(super) fn weigh(term: &Term<&str>) -> usize {
    let prelude = prelude();
    guard::weight(term, &mut Vec::new(), &|name, arity| {
        prelude.weight(name, arity)
    })
}

/// Whether there is such a builtin.
pub(in crate::expression) fn knows(name: &str, arity: usize) -> bool {
    let prelude = prelude();
    let call = (name, arity);
    !hidden(name) && (prelude.places.contains_key(&call) || prelude.natives.contains(&call))
}

/// What to say of one that is not there.
pub(in crate::expression) fn unknown(name: &str, arity: usize) -> String {
    if OUTSIDE.contains(&name) {
        return format!("`{name}` is not available: an expression sees only its data");
    }
    let prelude = prelude();
    let arities: BTreeSet<_> = prelude
        .names()
        .filter(|(n, _)| *n == name)
        .map(|(_, a)| a)
        .collect();
    if let Some(takes) = arities.first() {
        let takes = match takes {
            0 => "no arguments".to_owned(),
            1 => "1 argument".to_owned(),
            takes => format!("{takes} arguments"),
        };
        return format!("`{name}` takes {takes}, not {arity}");
    }
    let near = nearest(name, prelude.names().map(|(name, _)| name));
    let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    format!("there is no function `{name}`{hint}")
}
