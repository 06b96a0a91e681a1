//! Ticks in the loops of a program, and how deep it may make jaq recurse.

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::path::{Part, Path};

/// The builtin that charges fuel and passes its input on.
pub(super) const TICK: &str = "__tick";

/// Puts a tick before everything that can happen many times without a value being made: bodies of
/// definitions, steps of folds, and commas (`(.,.) | (.,.) | ...` doubles with each).
pub(super) fn ticked(term: Term<&str>) -> Term<&str> {
    let boxed = |term: Box<_>| Box::new(ticked(*term));
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => term,
        Term::Str(format, parts) => Term::Str(
            format,
            parts
                .into_iter()
                .map(|part| match part {
                    StrPart::Term(term) => StrPart::Term(ticked(term)),
                    part => part,
                })
                .collect(),
        ),
        Term::Arr(items) => Term::Arr(items.map(boxed)),
        Term::Obj(members) => Term::Obj(
            members
                .into_iter()
                .map(|(key, value)| (ticked(key), value.map(ticked)))
                .collect(),
        ),
        Term::Neg(term) => Term::Neg(boxed(term)),
        Term::BinOp(left, op, right) => {
            let comma = matches!(op, BinaryOp::Comma);
            let op = match op {
                BinaryOp::Pipe(Some(pattern)) => BinaryOp::Pipe(Some(ticked_pattern(pattern))),
                op => op,
            };
            let term = Term::BinOp(boxed(left), op, boxed(right));
            if comma { after_tick(term) } else { term }
        }
        Term::Label(name, body) => Term::Label(name, boxed(body)),
        Term::Fold(kind, items, pattern, steps) => {
            let steps = steps.into_iter().enumerate().map(|(at, step)| match at {
                1 => after_tick(ticked(step)),
                _ => ticked(step),
            });
            Term::Fold(kind, boxed(items), ticked_pattern(pattern), steps.collect())
        }
        Term::TryCatch(body, catch) => Term::TryCatch(boxed(body), catch.map(boxed)),
        Term::IfThenElse(cases, otherwise) => Term::IfThenElse(
            cases
                .into_iter()
                .map(|(condition, then)| (ticked(condition), ticked(then)))
                .collect(),
            otherwise.map(boxed),
        ),
        Term::Def(defs, body) => Term::Def(
            defs.into_iter()
                .map(|def| Def {
                    body: after_tick(ticked(def.body)),
                    ..def
                })
                .collect(),
            boxed(body),
        ),
        Term::Call(name, arguments) => {
            Term::Call(name, arguments.into_iter().map(ticked).collect())
        }
        Term::Path(head, path) => {
            let parts = path.0.into_iter().map(|(part, opt)| match part {
                Part::Index(index) => (Part::Index(ticked(index)), opt),
                Part::Range(from, to) => (Part::Range(from.map(ticked), to.map(ticked)), opt),
            });
            Term::Path(boxed(head), Path(parts.collect()))
        }
    }
}

fn ticked_pattern(pattern: Pattern<&str>) -> Pattern<&str> {
    match pattern {
        Pattern::Var(_) => pattern,
        Pattern::Arr(items) => Pattern::Arr(items.into_iter().map(ticked_pattern).collect()),
        Pattern::Obj(members) => Pattern::Obj(
            members
                .into_iter()
                .map(|(key, member)| (ticked(key), ticked_pattern(member)))
                .collect(),
        ),
    }
}

fn after_tick(term: Term<&str>) -> Term<&str> {
    let tick = Term::Call(TICK, Vec::new());
    Term::BinOp(Box::new(tick), BinaryOp::Pipe(None), Box::new(term))
}

/// Name, arity and weight of definitions in scope.
type Local<'s> = Vec<(&'s str, usize, usize)>;
/// The weight of a builtin.
type Builtin<'f> = &'f dyn Fn(&str, usize) -> usize;

/// Levels of terms that jaq can be inside of at once, through definitions too. `local` holds the
/// weights of the program's own definitions in scope, `builtin` tells those of the prelude.
pub(super) fn weight<'s>(
    term: &Term<&'s str>,
    local: &mut Local<'s>,
    builtin: Builtin<'_>,
) -> usize {
    if let Term::Def(defs, body) = term {
        let before = local.len();
        for def in defs {
            let heavy = weight(&def.body, local, builtin);
            local.push((def.name, def.args.len(), heavy));
        }
        let body = weight(body, local, builtin);
        local.truncate(before);
        return 1 + body;
    }
    let inner = parts(term)
        .into_iter()
        .map(|part| weight(part, local, builtin))
        .max();
    1 + width(term, local, builtin) + inner.unwrap_or(0)
}

/// What jaq makes levels of in the term itself: it chains the members of an object, the pieces of a
/// string and the cases of an `if`, and goes into the body of what is called.
fn width(term: &Term<&str>, local: &Local<'_>, builtin: Builtin<'_>) -> usize {
    match term {
        Term::Str(_, pieces) => pieces.len(),
        Term::Obj(members) => members.len(),
        Term::IfThenElse(cases, _) => cases.len(),
        Term::BinOp(_, BinaryOp::Pipe(Some(pattern)), _) | Term::Fold(_, _, pattern, _) => {
            pattern_width(pattern)
        }
        Term::Path(_, path) => path.0.len() / 4,
        Term::Call(name, arguments) => {
            let arity = arguments.len();
            let own = local
                .iter()
                .rev()
                .find(|(n, takes, _)| n == name && *takes == arity);
            own.map_or_else(|| builtin(name, arity), |own| own.2)
        }
        _ => 0,
    }
}

fn pattern_width(pattern: &Pattern<&str>) -> usize {
    1 + match pattern {
        Pattern::Var(_) => 0,
        Pattern::Arr(items) => items.iter().map(pattern_width).sum(),
        Pattern::Obj(members) => members
            .iter()
            .map(|(_, member)| pattern_width(member))
            .sum(),
    }
}

/// What a term calls, by name and arity; its own definitions may be among them.
pub(super) fn calls<'s>(term: &Term<&'s str>, found: &mut Vec<(&'s str, usize)>) {
    match term {
        Term::Str(Some(format), _) => found.push((format, 0)),
        Term::Call(name, arguments) => found.push((name, arguments.len())),
        _ => {}
    }
    parts(term).into_iter().for_each(|part| calls(part, found));
}

/// The terms directly inside a term.
fn parts<'t, 's>(term: &'t Term<&'s str>) -> Vec<&'t Term<&'s str>> {
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Break(_) | Term::Var(_) => Vec::new(),
        Term::Str(_, pieces) => pieces
            .iter()
            .filter_map(|piece| match piece {
                StrPart::Term(term) => Some(term),
                _ => None,
            })
            .collect(),
        Term::Arr(items) => items.iter().map(|items| &**items).collect(),
        Term::Neg(term) | Term::Label(_, term) => vec![term],
        Term::Obj(members) => members
            .iter()
            .flat_map(|(key, value)| std::iter::once(key).chain(value))
            .collect(),
        Term::BinOp(left, op, right) => {
            let keys = match op {
                BinaryOp::Pipe(Some(pattern)) => keys(pattern),
                _ => Vec::new(),
            };
            [&**left, right].into_iter().chain(keys).collect()
        }
        Term::Fold(_, items, pattern, steps) => std::iter::once(&**items)
            .chain(keys(pattern))
            .chain(steps)
            .collect(),
        Term::TryCatch(body, catch) => std::iter::once(&**body)
            .chain(catch.iter().map(|catch| &**catch))
            .collect(),
        Term::IfThenElse(cases, otherwise) => {
            let cases = cases.iter().flat_map(|(condition, then)| [condition, then]);
            cases
                .chain(otherwise.iter().map(|otherwise| &**otherwise))
                .collect()
        }
        Term::Def(defs, body) => defs
            .iter()
            .map(|def| &def.body)
            .chain(std::iter::once(&**body))
            .collect(),
        Term::Call(_, arguments) => arguments.iter().collect(),
        Term::Path(head, path) => {
            let indices = path.0.iter().flat_map(|(part, _)| match part {
                Part::Index(index) => vec![index],
                Part::Range(from, to) => from.iter().chain(to).collect(),
            });
            std::iter::once(&**head).chain(indices).collect()
        }
    }
}

/// The keys that a pattern computes.
fn keys<'t, 's>(pattern: &'t Pattern<&'s str>) -> Vec<&'t Term<&'s str>> {
    match pattern {
        Pattern::Var(_) => Vec::new(),
        Pattern::Arr(items) => items.iter().flat_map(keys).collect(),
        Pattern::Obj(members) => members
            .iter()
            .flat_map(|(key, member)| std::iter::once(key).chain(keys(member)))
            .collect(),
    }
}
