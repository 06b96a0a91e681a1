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
    let inner = match term {
        Term::Id
        | Term::Recurse
        | Term::Num(_)
        | Term::Break(_)
        | Term::Var(_)
        | Term::Arr(None) => 0,
        Term::Str(_, parts) => {
            let terms = parts.iter().filter_map(|part| match part {
                StrPart::Term(term) => Some(term),
                _ => None,
            });
            parts.len()
                + terms
                    .map(|term| weight(term, local, builtin))
                    .max()
                    .unwrap_or(0)
        }
        Term::Arr(Some(term)) | Term::Neg(term) | Term::Label(_, term) => {
            weight(term, local, builtin)
        }
        Term::Obj(members) => {
            let terms = members
                .iter()
                .flat_map(|(key, value)| std::iter::once(key).chain(value));
            members.len()
                + terms
                    .map(|term| weight(term, local, builtin))
                    .max()
                    .unwrap_or(0)
        }
        Term::BinOp(left, op, right) => {
            let pattern = match op {
                BinaryOp::Pipe(Some(pattern)) => pattern_weight(pattern, local, builtin),
                _ => 0,
            };
            pattern + weight(left, local, builtin).max(weight(right, local, builtin))
        }
        Term::Fold(_, items, pattern, steps) => {
            let steps = steps
                .iter()
                .map(|step| weight(step, local, builtin))
                .max()
                .unwrap_or(0);
            pattern_weight(pattern, local, builtin) + steps.max(weight(items, local, builtin))
        }
        Term::TryCatch(body, catch) => {
            let catch = catch
                .as_ref()
                .map_or(0, |catch| weight(catch, local, builtin));
            catch.max(weight(body, local, builtin))
        }
        Term::IfThenElse(cases, otherwise) => {
            let terms = cases.iter().flat_map(|(condition, then)| [condition, then]);
            let otherwise = otherwise
                .as_ref()
                .map_or(0, |otherwise| weight(otherwise, local, builtin));
            cases.len()
                + terms
                    .map(|term| weight(term, local, builtin))
                    .max()
                    .unwrap_or(0)
                    .max(otherwise)
        }
        Term::Def(defs, body) => {
            let before = local.len();
            for def in defs {
                let heavy = weight(&def.body, local, builtin);
                local.push((def.name, def.args.len(), heavy));
            }
            let body = weight(body, local, builtin);
            local.truncate(before);
            body
        }
        Term::Call(name, arguments) => {
            let own = local
                .iter()
                .rev()
                .find(|(n, arity, _)| n == name && *arity == arguments.len());
            let body = own.map_or_else(|| builtin(name, arguments.len()), |own| own.2);
            body + arguments
                .iter()
                .map(|argument| weight(argument, local, builtin))
                .max()
                .unwrap_or(0)
        }
        Term::Path(head, path) => {
            let indices = path.0.iter().flat_map(|(part, _)| match part {
                Part::Index(index) => vec![index],
                Part::Range(from, to) => from.iter().chain(to).collect(),
            });
            let inner = indices
                .map(|index| weight(index, local, builtin))
                .max()
                .unwrap_or(0);
            path.0.len() / 4 + inner.max(weight(head, local, builtin))
        }
    };
    1 + inner
}

fn pattern_weight<'s>(
    pattern: &Pattern<&'s str>,
    local: &mut Local<'s>,
    builtin: Builtin<'_>,
) -> usize {
    1 + match pattern {
        Pattern::Var(_) => 0,
        Pattern::Arr(items) => {
            items.len()
                + items
                    .iter()
                    .map(|item| pattern_weight(item, local, builtin))
                    .max()
                    .unwrap_or(0)
        }
        Pattern::Obj(members) => {
            let inner = members.iter().map(|(key, member)| {
                weight(key, local, builtin) + pattern_weight(member, local, builtin)
            });
            members.len() + inner.max().unwrap_or(0)
        }
    }
}

/// The builtins a term calls, by name and arity; its own definitions may be among them.
pub(super) fn calls<'s>(term: &Term<&'s str>, found: &mut Vec<(&'s str, usize)>) {
    match term {
        Term::Id
        | Term::Recurse
        | Term::Num(_)
        | Term::Break(_)
        | Term::Var(_)
        | Term::Arr(None) => {}
        Term::Str(format, parts) => {
            found.extend(format.map(|format| (format, 0)));
            for part in parts {
                if let StrPart::Term(term) = part {
                    calls(term, found);
                }
            }
        }
        Term::Arr(Some(term)) | Term::Neg(term) | Term::Label(_, term) => calls(term, found),
        Term::Obj(members) => {
            for (key, value) in members {
                calls(key, found);
                value.iter().for_each(|value| calls(value, found));
            }
        }
        Term::BinOp(left, op, right) => {
            if let BinaryOp::Pipe(Some(pattern)) = op {
                pattern_calls(pattern, found);
            }
            calls(left, found);
            calls(right, found);
        }
        Term::Fold(_, items, pattern, steps) => {
            calls(items, found);
            pattern_calls(pattern, found);
            steps.iter().for_each(|step| calls(step, found));
        }
        Term::TryCatch(body, catch) => {
            calls(body, found);
            catch.iter().for_each(|catch| calls(catch, found));
        }
        Term::IfThenElse(cases, otherwise) => {
            for (condition, then) in cases {
                calls(condition, found);
                calls(then, found);
            }
            otherwise
                .iter()
                .for_each(|otherwise| calls(otherwise, found));
        }
        Term::Def(defs, body) => {
            defs.iter().for_each(|def| calls(&def.body, found));
            calls(body, found);
        }
        Term::Call(name, arguments) => {
            found.push((name, arguments.len()));
            arguments.iter().for_each(|argument| calls(argument, found));
        }
        Term::Path(head, path) => {
            calls(head, found);
            for (part, _) in &path.0 {
                match part {
                    Part::Index(index) => calls(index, found),
                    Part::Range(from, to) => {
                        from.iter().chain(to).for_each(|bound| calls(bound, found))
                    }
                }
            }
        }
    }
}

fn pattern_calls<'s>(pattern: &Pattern<&'s str>, found: &mut Vec<(&'s str, usize)>) {
    match pattern {
        Pattern::Var(_) => {}
        Pattern::Arr(items) => items.iter().for_each(|item| pattern_calls(item, found)),
        Pattern::Obj(members) => {
            for (key, member) in members {
                calls(key, found);
                pattern_calls(member, found);
            }
        }
    }
}
