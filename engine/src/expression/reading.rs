//! What an expression reads, and the faults that its names show.

use super::path::constant;
use super::program::prelude;
use super::{ExprFault, StepsNamed};
use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::load::span;
use jaq_core::path::{Opt, Part};
use std::collections::BTreeSet;

/// What an expression reads.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) variables: BTreeSet<String>,
    pub(super) steps: StepsNamed,
    /// Whether it reads its input.
    pub(super) dot: bool,
    /// Whether it reads what its task is given or gives: `.`, `$input`, `$output`.
    pub(super) own: bool,
    /// In a compensation: whether it reads the output of the step, as `$forward.output`.
    pub(super) told: bool,
    /// In a compensation: whether it reads the key of the step.
    pub(super) key: bool,
    /// Members of `$context` that it names.
    pub(super) context: BTreeSet<String>,
    /// Whether it reads anything else that is there whatever became of any step.
    pub(super) fixed: bool,
    /// Whether it has `//` or `if`: what one part reads may stand in for what another does.
    pub(super) alternative: bool,
}

impl Reading {
    /// That of a literal.
    pub(super) fn nothing() -> Self {
        Self {
            variables: BTreeSet::new(),
            steps: StepsNamed::Only(BTreeSet::new()),
            dot: false,
            own: false,
            told: false,
            key: false,
            context: BTreeSet::new(),
            fixed: false,
            alternative: false,
        }
    }

    /// Reads the term, and refuses unknown names and recursion.
    pub(super) fn of<'s>(
        source: &'s str,
        term: &Term<&'s str>,
        variables: &[&str],
    ) -> Result<Self, ExprFault> {
        let mut walk = Walk {
            source,
            known: variables,
            bound: Vec::new(),
            reading: Self::nothing(),
        };
        walk.term(term, true)?;
        walk.reading.own |= walk.reading.dot;
        Ok(walk.reading)
    }
}

pub(super) fn cannot_read_member(name: &str, of: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty();
    if plain {
        format!("cannot read `.{name}` of {of}")
    } else {
        format!("cannot read `.{name:?}` of {of}")
    }
}

pub(super) fn cannot_read_item(index: i64, of: &str) -> String {
    format!("cannot read `.[{index}]` of {of}")
}

/// A name in scope.
enum Bound<'s> {
    Variable(&'s str),
    Label(&'s str),
    /// An argument that is a filter.
    Argument(&'s str),
    /// A definition; `open` while its body is read: a call then is recursion.
    Definition {
        name: &'s str,
        arity: usize,
        open: bool,
    },
}

struct Walk<'s, 'k> {
    source: &'s str,
    known: &'k [&'k str],
    bound: Vec<Bound<'s>>,
    reading: Reading,
}

/// Builtins that do not read their input but through their arguments.
const BLIND: [&str; 17] = [
    "true", "false", "null", "empty", "nan", "infinite", "range", "error/1", "first/1", "last/1",
    "limit", "skip", "nth/2", "isempty", "add/1", "any/2", "all/2",
];

impl<'s> Walk<'s, '_> {
    fn fault<T>(&self, message: String, name: &'s str) -> Result<T, ExprFault> {
        Err(ExprFault::new(message, span(self.source, name).start))
    }

    /// Reads a term; `dot` tells whether its input is the expression's.
    fn term(&mut self, term: &Term<&'s str>, dot: bool) -> Result<(), ExprFault> {
        match term {
            Term::Id | Term::Recurse => self.reading.dot |= dot,
            Term::Num(_) | Term::Arr(None) => {}
            Term::Str(format, parts) => {
                if let Some(format) = format {
                    self.call(format, &[], false)?;
                }
                for part in parts {
                    if let StrPart::Term(term) = part {
                        self.term(term, dot)?;
                    }
                }
            }
            Term::Arr(Some(term)) | Term::Neg(term) => self.term(term, dot)?,
            Term::Obj(members) => {
                for (key, value) in members {
                    self.reading.dot |= dot && value.is_none() && !matches!(key, Term::Var(_));
                    self.term(key, dot)?;
                    value.iter().try_for_each(|value| self.term(value, dot))?;
                }
            }
            Term::BinOp(left, op, right) => self.operation(left, op, right, dot)?,
            Term::Label(name, body) => {
                self.within(vec![Bound::Label(name)], |walk| walk.term(body, dot))?;
            }
            Term::Break(name) => {
                let known = |b: &Bound<'_>| matches!(b, Bound::Label(label) if label == name);
                if !self.bound.iter().any(known) {
                    return self.fault(
                        format!("there is no `label {name}` around this break"),
                        name,
                    );
                }
            }
            Term::Fold(name, items, pattern, steps) => {
                self.fold(name, items, pattern, steps, dot)?
            }
            Term::TryCatch(body, catch) => {
                self.term(body, dot)?;
                catch.iter().try_for_each(|catch| self.term(catch, false))?;
            }
            Term::IfThenElse(cases, otherwise) => {
                self.reading.alternative = true;
                for (condition, then) in cases {
                    self.term(condition, dot)?;
                    self.term(then, dot)?;
                }
                match otherwise {
                    Some(otherwise) => self.term(otherwise, dot)?,
                    None => self.reading.dot |= dot,
                }
            }
            Term::Def(defs, body) => self.definitions(defs, body, dot)?,
            Term::Call(name, arguments) => self.call(name, arguments, dot)?,
            Term::Var(name) => self.variable(name, None)?,
            Term::Path(head, path) => self.path(head, &path.0, dot)?,
        }
        Ok(())
    }

    fn operation(
        &mut self,
        left: &Term<&'s str>,
        op: &BinaryOp<&'s str>,
        right: &Term<&'s str>,
        dot: bool,
    ) -> Result<(), ExprFault> {
        self.term(left, dot)?;
        self.reading.alternative |= matches!(op, BinaryOp::Alt);
        match op {
            BinaryOp::Pipe(None) => self.term(right, false),
            BinaryOp::Pipe(Some(pattern)) => {
                self.pattern(pattern, dot)?;
                self.within(variables(pattern), |walk| walk.term(right, dot))
            }
            BinaryOp::Update => {
                self.reading.dot |= dot;
                self.term(right, false)
            }
            BinaryOp::Assign | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                self.reading.dot |= dot;
                self.term(right, dot)
            }
            _ => self.term(right, dot),
        }
    }

    fn path(
        &mut self,
        head: &Term<&'s str>,
        parts: &[(Part<Term<&'s str>>, Opt)],
        dot: bool,
    ) -> Result<(), ExprFault> {
        let first = parts.first().and_then(|(part, _)| match part {
            Part::Index(index) => constant(index),
            Part::Range(..) => None,
        });
        match head {
            Term::Var(name) => self.variable(name, first)?,
            head => self.term(head, dot)?,
        }
        for (part, _) in parts {
            match part {
                Part::Index(index) => self.term(index, dot)?,
                Part::Range(from, to) => {
                    from.iter()
                        .chain(to)
                        .try_for_each(|bound| self.term(bound, dot))?;
                }
            }
        }
        Ok(())
    }

    fn fold(
        &mut self,
        name: &'s str,
        items: &Term<&'s str>,
        pattern: &Pattern<&'s str>,
        steps: &[Term<&'s str>],
        dot: bool,
    ) -> Result<(), ExprFault> {
        self.term(items, dot)?;
        self.pattern(pattern, dot)?;
        let (most, takes) = if name == "reduce" {
            (2, "2 parts")
        } else {
            (3, "2 or 3 parts")
        };
        let (Some((init, updates)), true) =
            (steps.split_first(), (2..=most).contains(&steps.len()))
        else {
            let found = steps.len();
            let message = format!("`{name}` takes {takes} in its parentheses, not {found}");
            return self.fault(message, name);
        };
        self.term(init, dot)?;
        self.within(variables(pattern), |walk| {
            updates.iter().try_for_each(|step| walk.term(step, false))
        })
    }

    /// The keys that a pattern computes.
    fn pattern(&mut self, pattern: &Pattern<&'s str>, dot: bool) -> Result<(), ExprFault> {
        match pattern {
            Pattern::Var(_) => Ok(()),
            Pattern::Arr(items) => items.iter().try_for_each(|item| self.pattern(item, dot)),
            Pattern::Obj(members) => members.iter().try_for_each(|(key, member)| {
                self.term(key, dot)?;
                self.pattern(member, dot)
            }),
        }
    }

    fn definitions(
        &mut self,
        defs: &[Def<&'s str>],
        body: &Term<&'s str>,
        dot: bool,
    ) -> Result<(), ExprFault> {
        let before = self.bound.len();
        for def in defs {
            let at = self.bound.len();
            let (name, arity) = (def.name, def.args.len());
            if let Some(name) = def
                .args
                .iter()
                .chain([&def.name])
                .find(|name| name.starts_with("__"))
            {
                return self.fault(
                    format!("`{name}` cannot be defined: names with `__` are taken"),
                    name,
                );
            }
            self.bound.push(Bound::Definition {
                name,
                arity,
                open: true,
            });
            let arguments = def
                .args
                .iter()
                .map(|argument| match argument.starts_with('$') {
                    true => Bound::Variable(argument),
                    false => Bound::Argument(argument),
                });
            self.within(arguments.collect(), |walk| walk.term(&def.body, dot))?;
            if let Bound::Definition { open, .. } = &mut self.bound[at] {
                *open = false;
            }
        }
        self.term(body, dot)?;
        self.bound.truncate(before);
        Ok(())
    }

    fn call(
        &mut self,
        name: &'s str,
        arguments: &[Term<&'s str>],
        dot: bool,
    ) -> Result<(), ExprFault> {
        arguments
            .iter()
            .try_for_each(|argument| self.term(argument, dot))?;
        let arity = arguments.len();
        for bound in self.bound.iter().rev() {
            match bound {
                Bound::Argument(argument) if arity == 0 && *argument == name => {
                    self.reading.dot |= dot;
                    return Ok(());
                }
                Bound::Definition {
                    name: known,
                    arity: takes,
                    open,
                    ..
                } if *known == name && *takes == arity => {
                    if *open {
                        return self.fault(
                            format!("`{name}` calls itself; recursive definitions are not allowed"),
                            name,
                        );
                    }
                    return Ok(());
                }
                _ => {}
            }
        }
        if !prelude::knows(name, arity) {
            return self.fault(prelude::unknown(name, arity), name);
        }
        let blind = BLIND.contains(&name) || BLIND.contains(&&*format!("{name}/{arity}"));
        self.reading.dot |= dot && !blind;
        Ok(())
    }

    /// A variable, and the constant that is read from it first.
    fn variable(&mut self, name: &'s str, first: Option<String>) -> Result<(), ExprFault> {
        if self
            .bound
            .iter()
            .any(|bound| matches!(bound, Bound::Variable(local) if *local == name))
        {
            return Ok(());
        }
        let plain = &name[1..];
        if !self.known.contains(&plain) {
            let locals = self.bound.iter().filter_map(|bound| match bound {
                Bound::Variable(local) => Some(&local[1..]),
                _ => None,
            });
            let near = nearest(plain, self.known.iter().copied().chain(locals));
            let hint = near.map_or(String::new(), |near| format!("; did you mean `${near}`?"));
            return self.fault(format!("there is no variable `{name}` here{hint}"), name);
        }
        self.reading.variables.insert(plain.to_owned());
        match (plain, first.as_deref()) {
            ("input" | "output", _) => self.reading.own = true,
            ("forward", Some("output")) => self.reading.told = true,
            ("forward", Some("outcome" | "attempts" | "name"))
            | ("error" | "task" | "runtime" | "steps", _) => {}
            ("context", Some(member)) => {
                self.reading.context.insert(member.to_owned());
            }
            (_, member) => {
                self.reading.fixed = true;
                self.reading.key |=
                    plain == "forward" && matches!(member, None | Some("idempotencyKey"));
            }
        }
        if plain == "steps" {
            match (first, &mut self.reading.steps) {
                (Some(step), StepsNamed::Only(steps)) => drop(steps.insert(step)),
                (Some(_), StepsNamed::All) => {}
                (None, steps) => *steps = StepsNamed::All,
            }
        }
        Ok(())
    }

    fn within(
        &mut self,
        names: Vec<Bound<'s>>,
        read: impl FnOnce(&mut Self) -> Result<(), ExprFault>,
    ) -> Result<(), ExprFault> {
        let before = self.bound.len();
        self.bound.extend(names);
        read(self)?;
        self.bound.truncate(before);
        Ok(())
    }
}

fn variables<'s>(pattern: &Pattern<&'s str>) -> Vec<Bound<'s>> {
    match pattern {
        Pattern::Var(name) => vec![Bound::Variable(name)],
        Pattern::Arr(items) => items.iter().flat_map(variables).collect(),
        Pattern::Obj(members) => members
            .iter()
            .flat_map(|(_, member)| variables(member))
            .collect(),
    }
}

/// The name that one most likely meant.
pub(super) fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let far = (name.chars().count() / 3).max(1);
    names
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= far)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, remove, replace or swap.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows = vec![(0..=right.len()).collect::<Vec<_>>()];
    for (i, l) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, r) in right.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(l != r))
                .min(rows[i][j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *l == right[j - 1] && left[i - 1] == *r {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}
