//! The builtins written in Rust: jaq's that are pure and bounded, and ours.

use super::arithmetic::float;
use super::meter::{self, ELEMENT, Trip};
use super::value::{Error, Val, ValR};
use jaq_core::data::JustLut;
use jaq_core::native::{Fun, bome, unary, v};
use jaq_core::{Exn, Native, RunPtr};

type Data = JustLut<Val>;

/// jaq's builtins that programs may reach. What is not here (the environment, the clock, input,
/// halt, logs, the local time zone, functions that loop over a number) does not exist for them.
const ALLOWED: [&str; 67] = [
    "error_empty",
    "path",
    "path_value",
    "range",
    "keys_unsorted",
    "key_values",
    "first",
    "last",
    "limit",
    "skip",
    "floor",
    "round",
    "ceil",
    "utf8bytelength",
    "explode",
    "implode",
    "ascii_downcase",
    "ascii_upcase",
    "reverse",
    "sort",
    "sort_by",
    "group_by",
    "min_by_or_empty",
    "max_by_or_empty",
    "startswith",
    "endswith",
    "ltrimstr",
    "rtrimstr",
    "trim",
    "ltrim",
    "rtrim",
    "escape_sh",
    "escape_html",
    "unescape_html",
    "encode_uri",
    "decode_uri",
    "encode_base64",
    "decode_base64",
    "acos",
    "asin",
    "atan",
    "atan2",
    "cbrt",
    "cos",
    "cosh",
    "exp",
    "exp10",
    "exp2",
    "fabs",
    "fmax",
    "fmin",
    "fmod",
    "hypot",
    "log",
    "log10",
    "log2",
    "pow",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
    "rint",
    "nearbyint",
    "todateiso8601",
    "fromdateiso8601",
];

/// Builtins of jaq that the prelude wraps, and the names it calls them by.
const WRAPPED: [(&str, &str); 7] = [
    ("strftime", "__strftime"),
    ("strptime", "__strptime"),
    ("gmtime", "__gmtime"),
    ("mktime", "__mktime"),
    ("matches", "__matches"),
    ("split_matches", "__split_matches"),
    ("split_", "__split"),
];

/// All of them.
pub(super) fn all() -> impl Iterator<Item = Fun<Data>> {
    let theirs = jaq_core::funs().chain(jaq_std::funs());
    let theirs = theirs.filter_map(|(name, arguments, native)| {
        match WRAPPED.iter().find(|(theirs, _)| *theirs == name) {
            Some((_, ours)) => Some((*ours, arguments, native)),
            None => ALLOWED.contains(&name).then_some((name, arguments, native)),
        }
    });
    theirs.chain(ours())
}

/// Ours; none of them loops longer than what it charges.
fn ours() -> Vec<Fun<Data>> {
    let native = |name, arity, run: RunPtr<Data>| (name, v(arity), Native::<Data>::new(run));
    let mut funs: Vec<Fun<Data>> = vec![
        native("tojson", 0, |cv| bome(cv.1.to_json_text())),
        native("fromjson", 0, |cv| bome(from_json(&cv.1))),
        native("length", 0, |cv| bome(length(&cv.1))),
        native("isnan", 0, |cv| {
            bome(Ok(matches!(cv.1, Val::Float(f) if f.is_nan()).into()))
        }),
        native("nan", 0, |_| bome(Ok(f64::NAN.into()))),
        native("infinite", 0, |_| bome(Ok(f64::INFINITY.into()))),
        native("flatten", 0, |cv| bome(flatten(&cv.1, f64::INFINITY))),
        native("flatten", 1, |cv| {
            unary(cv, |value, levels| match float(&levels) {
                Some(levels) if levels >= 0.0 => flatten(&value, levels),
                _ => Err(Error::str(format_args!(
                    "cannot flatten by {levels} levels"
                ))),
            })
        }),
        native("join", 1, |cv| {
            unary(cv, |value, separator| join(&value, &separator))
        }),
        native("contains", 1, |cv| {
            unary(cv, |l, r| Ok(contains(&l, &r)?.into()))
        }),
        native("has", 1, |cv| unary(cv, |value, key| has(&value, &key))),
        native("indices", 1, |cv| unary(cv, |l, r| indices(&l, &r))),
        native("bsearch", 1, |cv| unary(cv, |l, r| bsearch(&l, &r))),
        native("__regex", 2, |mut cv| {
            let flags = cv.0.pop_var();
            let pattern = cv.0.pop_var();
            bome(super::regex::charge(&pattern, &flags, &cv.1).map(|()| cv.1))
        }),
    ];
    let tick = Native::<Data>::new(|cv| match meter::charge(0) {
        Ok(()) => bome(Ok(cv.1)),
        Err(_) => Box::new(std::iter::once(Err(Exn::halt(1)))),
    });
    let tick = tick.with_paths(|cv| match meter::charge(0) {
        Ok(()) => Box::new(std::iter::once(Ok(cv.1))),
        Err(_) => Box::new(std::iter::once(Err(Exn::halt(1)))),
    });
    let tick = tick.with_update(|cv, update| match meter::charge(meter::UPDATE) {
        Ok(()) => update(cv.1),
        Err(_) => Box::new(std::iter::once(Err(Exn::halt(1)))),
    });
    funs.push((super::guard::TICK, v(0), tick));
    funs
}

fn from_json(value: &Val) -> ValR {
    let Val::Str(text) = value else {
        return Err(Error::str(format_args!(
            "cannot read {value} as JSON: it is no string"
        )));
    };
    meter::charge(text.len().saturating_mul(4))?;
    let fail = |why: &dyn std::fmt::Display| {
        Error::str(format_args!("cannot read {value} as JSON: {why}"))
    };
    let json = serde_json::from_str(text).map_err(|error| fail(&error))?;
    Val::from_json(&json).map_err(|_| fail(&"it nests too deep"))
}

fn length(value: &Val) -> ValR {
    meter::charge(0)?;
    match value {
        Val::Null => Ok(Val::Int(0)),
        Val::Int(int) => Ok(Val::Int(int.abs())),
        Val::Float(float) => Ok(Val::Float(float.abs())),
        Val::Str(text) => {
            meter::charge(text.len())?;
            Ok(text.chars().count().into())
        }
        Val::Arr(items) => Ok(items.values.len().into()),
        Val::Obj(members) => Ok(members.values.len().into()),
        Val::Bool(_) => Err(Error::str(format_args!("{value} has no length"))),
    }
}

fn flatten(value: &Val, levels: f64) -> ValR {
    fn push(into: &mut Vec<Val>, value: &Val, levels: f64) -> Result<(), Trip> {
        let Val::Arr(items) = value else {
            into.push(value.clone());
            return Ok(());
        };
        if levels < 0.0 {
            into.push(value.clone());
            return Ok(());
        }
        meter::charge(items.values.len() * ELEMENT)?;
        items
            .values
            .iter()
            .try_for_each(|item| push(into, item, levels - 1.0))
    }
    let Val::Arr(_) = value else {
        return Err(Error::str(format_args!(
            "cannot flatten {value}: it is no array"
        )));
    };
    let mut flat = Vec::new();
    push(&mut flat, value, levels)?;
    Val::array(flat)
}

fn join(value: &Val, separator: &Val) -> ValR {
    let (Val::Arr(items), Val::Str(separator)) = (value, separator) else {
        return Err(Error::str(format_args!(
            "cannot join {value} with {separator}"
        )));
    };
    let mut text = String::new();
    for (at, item) in items.values.iter().enumerate() {
        if at > 0 {
            text.push_str(separator);
        }
        match item {
            Val::Null => meter::charge(separator.len())?,
            Val::Str(piece) => {
                meter::charge(separator.len() + piece.len())?;
                text.push_str(piece);
            }
            Val::Bool(_) | Val::Int(_) | Val::Float(_) => {
                meter::charge(separator.len())?;
                text.push_str(&item.to_json().to_string());
            }
            other => {
                return Err(Error::str(format_args!(
                    "cannot join {other} into a string"
                )));
            }
        }
    }
    Ok(Val::text(&text))
}

fn contains(left: &Val, right: &Val) -> Result<bool, Error> {
    meter::charge(0)?;
    match (left, right) {
        (Val::Str(l), Val::Str(r)) => {
            meter::charge(l.len())?;
            Ok(l.contains(&**r))
        }
        (Val::Arr(l), Val::Arr(r)) => {
            for item in &r.values {
                let mut found = false;
                for candidate in &l.values {
                    found = contains_or_differs(candidate, item)?;
                    if found {
                        break;
                    }
                }
                if !found {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Val::Obj(l), Val::Obj(r)) => {
            for (key, member) in &r.values {
                let Some(candidate) = l.values.get(key) else {
                    return Ok(false);
                };
                if !contains_or_differs(candidate, member)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (l, r) if l.kind() == r.kind() => Ok(l == r),
        (l, r) => Err(Error::str(format_args!("cannot look for {r} in {l}"))),
    }
}

/// Inside arrays and objects, values of different kinds simply do not contain each other.
fn contains_or_differs(left: &Val, right: &Val) -> Result<bool, Error> {
    if left.kind() == right.kind() {
        contains(left, right)
    } else {
        Ok(false)
    }
}

fn has(value: &Val, key: &Val) -> ValR {
    match (value, key) {
        (Val::Obj(_), Val::Str(_)) => Ok(value.at(key)?.is_some().into()),
        (Val::Arr(_), Val::Int(_) | Val::Float(_)) => {
            Ok((*key >= Val::Int(0) && value.at(key)?.is_some()).into())
        }
        _ => Err(Error::str(format_args!(
            "cannot tell whether {value} has {key}"
        ))),
    }
}

/// Where one value starts in another.
pub(super) fn indices(left: &Val, right: &Val) -> ValR {
    let at = |found: Vec<usize>| Val::array(found.into_iter().map(Val::from).collect());
    match (left, right) {
        (Val::Null, _) => Ok(Val::Null),
        (Val::Str(l), Val::Str(r)) => {
            meter::charge(l.len().saturating_mul(r.len().max(1)))?;
            let starts = l.char_indices().enumerate();
            let starts = starts.filter(|(_, (at, _))| !r.is_empty() && l[*at..].starts_with(&**r));
            at(starts.map(|(index, _)| index).collect())
        }
        (Val::Arr(l), Val::Arr(r)) => {
            let wide = r.values.len();
            meter::charge(l.values.len().saturating_mul(wide.max(1)))?;
            if wide == 0 {
                return at(Vec::new());
            }
            let starts = l.values.windows(wide).enumerate();
            at(starts
                .filter(|(_, window)| *window == r.values)
                .map(|(at, _)| at)
                .collect())
        }
        (Val::Arr(l), item) => {
            meter::charge(l.values.len())?;
            let found = l
                .values
                .iter()
                .enumerate()
                .filter(|(_, candidate)| *candidate == item);
            at(found.map(|(at, _)| at).collect())
        }
        (l, r) => Err(Error::str(format_args!("cannot look for {r} in {l}"))),
    }
}

fn bsearch(value: &Val, wanted: &Val) -> ValR {
    let Val::Arr(items) = value else {
        return Err(Error::str(format_args!(
            "cannot search {value}: it is no array"
        )));
    };
    Ok(match items.values.binary_search(wanted) {
        Ok(at) => at.into(),
        Err(at) => Val::Int(-1 - at as i128),
    })
}
