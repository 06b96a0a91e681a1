//! Expressions and templates in the source: which texts are expressions, and where their faults are.

use super::Diagnostic;
use super::limits::{MAX_EXPRESSIONS, MAX_QUOTED};
use super::nearest::did_you_mean;
use super::reader::{Mention, Reader, Scope};
use super::tree::{Data, Node, Place};
use crate::expression::{Expr, ExprFault, StepsNamed, Template};
use serde_json::{Map, Value};

/// What a text is.
enum Shape<'t> {
    Literal,
    /// Its jq, and where that begins in the text, in bytes.
    Whole(&'t str, usize),
    /// `${ }` among other characters; holds the text as one expression.
    Mixed(String),
    /// A `${` without its `}`.
    Open(usize),
}

impl Reader<'_> {
    /// An expression where one must be: `${ jq }` or bare jq.
    pub(super) fn expr(&mut self, node: &Node, scope: &Scope) -> Option<Expr> {
        match &node.data {
            Data::Text(text) => match shape(&text.value) {
                Shape::Whole(jq, offset) => self.compile(node, jq, offset, scope),
                Shape::Literal => self.compile(node, &text.value, 0, scope),
                other => self.broken(node, other),
            },
            // `if: true` is jq, too.
            Data::Bool(_) | Data::Number(_) | Data::Null => {
                self.compile(node, &node.to_json().to_string(), 0, scope)
            }
            Data::List(_) | Data::Map(_) => {
                let message = format!("an expression must stand here; found {}", node.what());
                self.error(node.at, "wrong-type", message);
                None
            }
        }
    }

    /// A value whose texts may be `${ jq }`. With `bare`, a text is jq even without `${ }`.
    pub(super) fn template(&mut self, node: &Node, scope: &Scope, bare: bool) -> Option<Template> {
        match &node.data {
            Data::Text(_) if bare => self.expr(node, scope).map(Template::Expr),
            Data::Text(text) => match shape(&text.value) {
                Shape::Whole(jq, offset) => {
                    self.compile(node, jq, offset, scope).map(Template::Expr)
                }
                Shape::Literal => {
                    self.doubt_literal(node, &text.value, scope);
                    Some(Template::Literal(Value::String(text.value.clone())))
                }
                other => {
                    self.broken(node, other);
                    None
                }
            },
            Data::List(items) => {
                let read: Vec<_> = items
                    .iter()
                    .map(|i| self.template(i, scope, false))
                    .collect();
                read.into_iter().collect::<Option<_>>().map(array)
            }
            Data::Map(members) => {
                let read: Vec<_> = members
                    .iter()
                    .map(|(key, node)| Some((key.name.clone(), self.template(node, scope, false)?)))
                    .collect();
                read.into_iter().collect::<Option<_>>().map(object)
            }
            Data::Null | Data::Bool(_) | Data::Number(_) => Some(Template::Literal(node.to_json())),
        }
    }

    /// A text that looks like a path was probably meant as one.
    fn doubt_literal(&mut self, node: &Node, text: &str, scope: &Scope) {
        let path = |rest: &str| {
            rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && rest
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_.[]".contains(c))
        };
        let variable = |rest: &str| {
            let name = rest.split(['.', '[']).next().unwrap_or_default();
            path(rest) && scope.variables.iter().any(|known| known == name)
        };
        let looks = text.strip_prefix('.').is_some_and(path)
            || text.strip_prefix('$').is_some_and(variable);
        if looks {
            let message = format!("`{text}` is a plain text here, not an expression");
            let help = format!("write `${{ {text} }}` for its value");
            self.refuse(Diagnostic::warning(node.at, "bare-expression", message).help(help));
        }
    }

    fn broken(&mut self, node: &Node, shape: Shape<'_>) -> Option<Expr> {
        let diagnostic = match shape {
            Shape::Mixed(whole) => Diagnostic::error(
                node.at,
                "mixed-expression",
                "`${ }` must be the whole text; it cannot stand within a longer one",
            )
            .help(if whole.chars().count() <= MAX_QUOTED {
                format!("write it as one expression: {whole}")
            } else {
                r#"write it as one expression: ${ "Hello \(.name)" }"#.to_owned()
            }),
            Shape::Open(offset) => Diagnostic::error(
                node.place_in(offset, self.source),
                "expression",
                "this `${` has no closing `}`",
            )
            .help("put the text in quotes if it has a ` #`, a `: ` or a `}` of its own"),
            Shape::Literal | Shape::Whole(..) => return None,
        };
        self.refuse(diagnostic);
        None
    }

    fn compile(&mut self, node: &Node, jq: &str, offset: usize, scope: &Scope) -> Option<Expr> {
        self.expressions += 1;
        if self.expressions > MAX_EXPRESSIONS {
            if self.expressions == MAX_EXPRESSIONS + 1 {
                let message = format!("the workflow has more than {MAX_EXPRESSIONS} expressions");
                self.error(node.at, "limit", message);
            }
            return None;
        }
        let variables: Vec<&str> = scope.variables.iter().map(String::as_str).collect();
        match Expr::compile(jq, &variables) {
            Ok(expr) => {
                self.note_steps(node, &expr, offset, scope);
                Some(expr)
            }
            Err(fault) => {
                self.expression_fault(node, jq, offset, &fault, scope);
                None
            }
        }
    }

    fn note_steps(&mut self, node: &Node, expr: &Expr, offset: usize, scope: &Scope) {
        let StepsNamed::Only(names) = expr.steps() else {
            self.steps = StepsNamed::All;
            return;
        };
        for name in names {
            if let StepsNamed::Only(kept) = &mut self.steps {
                kept.insert(name.clone());
            }
            let at = place_of_step(node, expr.source(), offset, name, self.source);
            self.mentions.push(Mention {
                name: name.clone(),
                at,
                user: scope.user,
            });
        }
    }

    fn expression_fault(
        &mut self,
        node: &Node,
        jq: &str,
        offset: usize,
        fault: &ExprFault,
        scope: &Scope,
    ) {
        let at = node.place_in(offset + fault.offset, self.source);
        let message = format!("this expression is refused: {}", fault.message);
        let diagnostic = Diagnostic::error(at, "expression", message);
        let advised = fault.message.contains("did you mean");
        let help = if advised {
            None
        } else {
            variable_help(jq, fault.offset, scope)
        };
        self.refuse(diagnostic.maybe_help(help));
    }
}

/// What to do about a variable that is not there.
fn variable_help(jq: &str, offset: usize, scope: &Scope) -> Option<String> {
    let rest = jq.get(offset..)?.strip_prefix('$')?;
    let end = rest
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(rest.len());
    let name = &rest[..end];
    if name == "secrets" || name == "authorization" {
        let help = "secrets are resolved by workers alone; give the service its `auth` in the service catalogue";
        return Some(help.to_owned());
    }
    let known = || scope.variables.iter().map(String::as_str);
    did_you_mean(name, known()).or_else(|| {
        let words: Vec<String> = known().map(|word| format!("`${word}`")).collect();
        Some(format!("an expression here may use {}", words.join(", ")))
    })
}

fn place_of_step(node: &Node, jq: &str, offset: usize, name: &str, source: &str) -> Place {
    let dotted = format!("$steps.{name}");
    let ends = |at: usize| {
        !jq[at + dotted.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
    };
    let found = jq
        .match_indices(&dotted)
        .map(|(at, _)| at)
        .find(|at| ends(*at));
    let Some(at) = found.or_else(|| jq.find("$steps")) else {
        return node.at;
    };
    let place = node.place_in(offset + at, source);
    if place == node.at {
        place
    } else {
        Place {
            length: dotted.chars().count(),
            ..place
        }
    }
}

fn array(items: Vec<Template>) -> Template {
    match items.iter().map(literal).collect() {
        Some(values) => Template::Literal(Value::Array(values)),
        None => Template::Array(items),
    }
}

fn object(members: Vec<(String, Template)>) -> Template {
    let values: Option<Map<_, _>> = members
        .iter()
        .map(|(name, member)| Some((name.clone(), literal(member)?)))
        .collect();
    match values {
        Some(values) => Template::Literal(Value::Object(values)),
        None => Template::Object(members),
    }
}

fn literal(template: &Template) -> Option<Value> {
    match template {
        Template::Literal(value) => Some(value.clone()),
        _ => None,
    }
}

fn shape(text: &str) -> Shape<'_> {
    let Some(start) = text.find("${") else {
        return Shape::Literal;
    };
    let Some(end) = closing(&text[start + 2..]).map(|end| start + 2 + end) else {
        return Shape::Open(start);
    };
    let alone = text[..start].trim().is_empty() && text[end + 1..].trim().is_empty();
    if !alone {
        return Shape::Mixed(as_one(text));
    }
    let jq = &text[start + 2..end];
    let lead = jq.len() - jq.trim_start().len();
    Shape::Whole(jq.trim(), start + 2 + lead)
}

/// The place of the `}` that closes a `${`, braces and strings in between respected.
pub(super) fn closing(jq: &str) -> Option<usize> {
    // What is open: a brace, a string, or the `\(` of an expression within a string.
    let mut open: Vec<char> = Vec::new();
    let mut chars = jq.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        match (open.last(), char) {
            (Some('"'), '\\') => {
                if let Some((_, '(')) = chars.next() {
                    open.push('(');
                }
            }
            (Some('"'), '"') | (Some('('), ')') | (Some('{'), '}') => {
                open.pop();
            }
            (Some('"'), _) => {}
            (_, '"' | '{' | '(') => open.push(char),
            (None, '}') => return Some(at),
            _ => {}
        }
    }
    None
}

/// `Hello ${ .name }!` as the expression that was meant: `${ "Hello \(.name)!" }`.
fn as_one(text: &str) -> String {
    let escape = |literal: &str| literal.replace('\\', "\\\\").replace('"', "\\\"");
    let mut whole = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(end) = closing(&rest[start + 2..]).map(|end| start + 2 + end) else {
            break;
        };
        whole.push_str(&escape(&rest[..start]));
        whole.push_str(&format!("\\({})", rest[start + 2..end].trim()));
        rest = &rest[end + 1..];
    }
    whole.push_str(&escape(rest));
    format!("${{ \"{whole}\" }}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixed_text_is_shown_as_one_expression() {
        let Shape::Mixed(whole) = shape("Hello ${ .name }, \"${ .x }\"!") else {
            panic!("mixed")
        };
        assert_eq!(whole, r#"${ "Hello \(.name), \"\(.x)\"!" }"#);
        assert!(matches!(shape("${ .a } and ${ .b }"), Shape::Mixed(_)));
    }

    #[test]
    fn braces_and_strings_inside_are_respected() {
        let whole = |text: &'static str| match shape(text) {
            Shape::Whole(jq, _) => jq,
            _ => panic!("`{text}` is one expression"),
        };
        assert_eq!(whole("${ {a: .b} }"), "{a: .b}");
        assert_eq!(whole(r#"${ "}\(.a["}"])" }"#), r#""}\(.a["}"])""#);
        assert!(matches!(shape("${ {a: .b }"), Shape::Open(0)));
        assert!(matches!(shape("$5 {x}"), Shape::Literal));
    }
}
