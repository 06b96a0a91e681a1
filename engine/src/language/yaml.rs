//! YAML text to a [`Node`] tree.
//!
//! The tree is built from parser events on a stack of our own, not by recursion: hostile nesting ends
//! in a diagnostic and never in an overflow. Aliases are copied, against a budget of nodes.

use super::Diagnostic;
use super::expression::closing;
use super::limits::MAX_QUOTED;
use super::tree::{Data, Key, Node, Place, Style, Text};
use granit_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::Number;
use std::collections::{HashMap, HashSet};

/// Lists and maps within each other.
const MAX_DEPTH: usize = 200;
/// Values, with those that aliases repeat.
const MAX_NODES: usize = 200_000;

/// Reads one YAML document. What is wrong with the YAML itself ends the reading; of duplicate keys,
/// which are reported, the first counts.
pub(super) fn parse(source: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Node> {
    let mut builder = Builder {
        source,
        diagnostics,
        stack: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        root: None,
    };
    for event in Parser::new_from_str(source) {
        let taken = match event {
            Ok((event, span)) => builder.take(event, span),
            Err(error) => {
                let (line, column) = (error.marker().line().max(1), error.marker().col() + 1);
                Err(syntax(
                    Place {
                        line,
                        column,
                        length: 1,
                    },
                    &error.info(),
                    source,
                ))
            }
        };
        if let Err(diagnostic) = taken {
            builder.diagnostics.push(diagnostic);
            return None;
        }
    }
    if builder.root.is_none() {
        builder.diagnostics.push(Diagnostic::error(
            Place::START,
            "yaml",
            "the file holds no workflow; it is empty",
        ));
    }
    builder.root
}

/// A finished value that aliases may repeat.
struct Anchored {
    node: Node,
    nodes: usize,
    height: usize,
}

struct Open {
    at: Place,
    anchor: usize,
    /// How many nodes there were before it.
    before: usize,
    /// Levels of the deepest value in it.
    height: usize,
    items: Items,
}

enum Items {
    List(Vec<Node>),
    Map {
        members: Vec<(Key, Node)>,
        names: HashSet<String>,
        key: Option<Option<Key>>,
    },
}

struct Builder<'s, 'd> {
    source: &'s str,
    diagnostics: &'d mut Vec<Diagnostic>,
    stack: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
    root: Option<Node>,
}

impl Builder<'_, '_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        let at = place(&span);
        match event {
            Event::DocumentStart(..) if self.root.is_some() => Err(Diagnostic::error(
                at,
                "yaml",
                "a second document begins here; a file holds one workflow",
            )),
            Event::Scalar(value, style, anchor, tag) => {
                let data = match style {
                    ScalarStyle::Plain if tag.is_none() => plain(&value),
                    _ => None,
                };
                let data =
                    data.unwrap_or_else(|| Data::Text(text(value.into_owned(), style, &span)));
                self.count(1, at)?;
                self.finish(Node { at, data }, anchor, 1, 0)
            }
            Event::SequenceStart(_, anchor, _) => self.open(at, anchor, Items::List(Vec::new())),
            Event::MappingStart(_, anchor, _) => {
                let items = Items::Map {
                    members: Vec::new(),
                    names: HashSet::new(),
                    key: None,
                };
                self.open(at, anchor, items)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.repeat(anchor, at),
            _ => Ok(()),
        }
    }

    fn count(&mut self, more: usize, at: Place) -> Result<(), Diagnostic> {
        self.nodes += more;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message =
            format!("the document has more than {MAX_NODES} values, repeated ones included");
        Err(Diagnostic::error(at, "limit", message))
    }

    fn deep(&self, more: usize, at: Place) -> Result<(), Diagnostic> {
        if self.stack.len() + more <= MAX_DEPTH {
            return Ok(());
        }
        Err(too_deep(at))
    }

    fn open(&mut self, at: Place, anchor: usize, items: Items) -> Result<(), Diagnostic> {
        self.deep(1, at)?;
        let before = self.nodes;
        self.count(1, at)?;
        self.stack.push(Open {
            at,
            anchor,
            before,
            height: 0,
            items,
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Diagnostic> {
        let open = self
            .stack
            .pop()
            .expect("the parser closes only what it opened");
        let mut at = open.at;
        let data = match open.items {
            Items::List(items) => Data::List(items),
            Items::Map { members, .. } => {
                // A block map begins where its first key does: that is worth underlining whole.
                let first = members.first().map(|(key, _)| key.at);
                at = first
                    .filter(|key| (key.line, key.column) == (at.line, at.column))
                    .unwrap_or(at);
                Data::Map(members)
            }
        };
        let nodes = self.nodes - open.before;
        self.finish(Node { at, data }, open.anchor, nodes, open.height + 1)
    }

    fn repeat(&mut self, anchor: usize, at: Place) -> Result<(), Diagnostic> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(Diagnostic::error(
                at,
                "yaml",
                "this alias stands inside its own anchor",
            ));
        };
        let (nodes, height) = (anchored.nodes, anchored.height);
        self.count(nodes, at)?;
        self.deep(height, at)?;
        let node = self.anchors[&anchor].node.clone();
        self.finish(node, 0, nodes, height)
    }

    /// Puts a finished value where it belongs: the open map or list, or the root.
    fn finish(
        &mut self,
        node: Node,
        anchor: usize,
        nodes: usize,
        height: usize,
    ) -> Result<(), Diagnostic> {
        if anchor != 0 {
            self.anchors.insert(
                anchor,
                Anchored {
                    node: node.clone(),
                    nodes,
                    height,
                },
            );
        }
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.height = open.height.max(height);
        match &mut open.items {
            Items::List(items) => items.push(node),
            Items::Map {
                members,
                names,
                key,
            } => match key.take() {
                Some(Some(key)) => members.push((key, node)),
                Some(None) => {}
                None => {
                    let name = key_name(&node, self.source)?;
                    let fresh = names.insert(name.clone());
                    if !fresh {
                        let message = format!("the key `{name}` stands twice in this map");
                        self.diagnostics.push(
                            Diagnostic::error(node.at, "duplicate-key", message)
                                .help("remove one of the two"),
                        );
                    }
                    *key = Some(fresh.then_some(Key { at: node.at, name }));
                }
            },
        }
        Ok(())
    }
}

fn too_deep(at: Place) -> Diagnostic {
    let message = format!("lists and maps stand more than {MAX_DEPTH} levels deep");
    Diagnostic::error(at, "limit", message)
}

fn key_name(node: &Node, source: &str) -> Result<String, Diagnostic> {
    match &node.data {
        Data::Text(text) if text.value == "<<" => Err(Diagnostic::error(
            node.at,
            "yaml",
            "merge keys (`<<`) are not read; repeat the members, or use an alias for a whole value",
        )),
        Data::Text(text) => Ok(text.value.clone()),
        Data::Bool(value) => Ok(value.to_string()),
        Data::Number(value) => Ok(value.to_string()),
        Data::Null | Data::List(_) | Data::Map(_) => {
            let place = Place {
                length: 1,
                ..node.at
            };
            let unquoted = source
                .lines()
                .nth(place.line - 1)
                .is_some_and(|l| l.contains("${"));
            let diagnostic = Diagnostic::error(place, "yaml", "a key must be a text");
            Err(if unquoted {
                diagnostic.help(QUOTE)
            } else {
                diagnostic
            })
        }
    }
}

const QUOTE: &str = "quote this expression: YAML reads its `{`, `}`, `: ` and ` #` as its own";

/// A fault of the YAML itself. The usual one is an expression that needs quotes.
fn syntax(place: Place, info: &str, source: &str) -> Diagnostic {
    if info.contains("recursion limit") {
        return too_deep(place);
    }
    let diagnostic = Diagnostic::error(place, "yaml", format!("this is no YAML: {info}"));
    let line = source.lines().nth(place.line - 1).unwrap_or_default();
    let until = line
        .char_indices()
        .nth(place.column + 1)
        .map_or(line.len(), |(at, _)| at);
    let Some(start) = line[..until].rfind("${") else {
        return diagnostic;
    };
    if line[..start].trim_end().ends_with(['"', '\'']) {
        return diagnostic;
    }
    let inner = &line[start + 2..];
    let end = closing(inner).map_or(inner.trim_end().len(), |end| end + 1);
    let expression = &line[start..start + 2 + end];
    let column = line[..start].chars().count() + 1;
    let length = expression.chars().count();
    let help = if length <= MAX_QUOTED {
        format!("{QUOTE}: '{}'", expression.replace('\'', "''"))
    } else {
        QUOTE.to_owned()
    };
    Diagnostic {
        column,
        length,
        ..diagnostic
    }
    .help(help)
}

/// The place of a scalar on one line, or of the first line of anything else.
fn place(span: &Span) -> Place {
    let (start, end) = (span.start, span.end);
    let one_line = start.line() == end.line() && end.col() > start.col();
    let length = if one_line { end.col() - start.col() } else { 1 };
    Place {
        line: start.line().max(1),
        column: start.col() + 1,
        length,
    }
}

fn text(value: String, style: ScalarStyle, span: &Span) -> Text {
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        _ => Style::Block,
    };
    let start = span.start.byte_offset().unwrap_or_default();
    let end = span.end.byte_offset().unwrap_or(start);
    Text {
        value,
        style,
        start,
        end,
    }
}

/// What the core schema of YAML 1.2 makes of an unquoted scalar; `None` is a text.
fn plain(value: &str) -> Option<Data> {
    match value {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Data::Null),
        "true" | "True" | "TRUE" => return Some(Data::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Data::Bool(false)),
        _ => {}
    }
    let radix = |digits: &str, radix| u64::from_str_radix(digits, radix).ok().map(Number::from);
    let number = match value.get(..2) {
        Some("0x") => radix(&value[2..], 16),
        Some("0o") => radix(&value[2..], 8),
        _ => decimal(value),
    };
    number.map(Data::Number)
}

fn decimal(value: &str) -> Option<Number> {
    let unsigned = value.strip_prefix(['-', '+']).unwrap_or(value);
    let starts = unsigned.strip_prefix('.').unwrap_or(unsigned);
    let fits = starts.starts_with(|c: char| c.is_ascii_digit())
        && unsigned
            .bytes()
            .all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
    if !fits {
        return None;
    }
    if unsigned.bytes().all(|b| b.is_ascii_digit()) {
        let value = value.strip_prefix('+').unwrap_or(value);
        let whole = value.parse::<i64>().map(Number::from);
        if let Ok(number) = whole.or_else(|_| value.parse::<u64>().map(Number::from)) {
            return Some(number);
        }
    }
    value.parse::<f64>().ok().and_then(Number::from_f64)
}
