//! A YAML document in which every value and key knows its place.

use serde_json::{Map, Number, Value};

/// Where something stands in the source. Lines and columns count from 1, columns and lengths in
/// characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) length: usize,
}

impl Place {
    pub(super) const START: Self = Self {
        line: 1,
        column: 1,
        length: 1,
    };
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: Place,
    pub(super) data: Data,
}

#[derive(Clone, Debug)]
pub(super) enum Data {
    Null,
    Bool(bool),
    Number(Number),
    Text(Text),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A text, and where its characters stand in the source if that can be told.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) value: String,
    pub(super) style: Style,
    /// Bytes of the source, quotes included.
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Block,
}

#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) at: Place,
    pub(super) name: String,
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(&text.value),
            _ => None,
        }
    }

    pub(super) fn map(&self) -> Option<&[(Key, Self)]> {
        match &self.data {
            Data::Map(members) => Some(members),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        match &self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    /// The member `name` of a map.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        self.map()?
            .iter()
            .find(|(key, _)| key.name == name)
            .map(|(_, node)| node)
    }

    /// For "found a list"; with the article.
    pub(super) fn what(&self) -> &'static str {
        match &self.data {
            Data::Null => "nothing",
            Data::Bool(_) => "a boolean",
            Data::Number(_) => "a number",
            Data::Text(_) => "a text",
            Data::List(_) => "a list",
            Data::Map(_) => "a map",
        }
    }

    /// For "found ...": the value of a scalar, else what it is.
    pub(super) fn shown(&self) -> String {
        match &self.data {
            Data::Bool(_) | Data::Number(_) => format!("`{}`", self.to_json()),
            Data::Text(text) if text.value.chars().count() <= 40 => format!("`{}`", text.value),
            _ => self.what().to_owned(),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(value) => Value::Bool(*value),
            Data::Number(value) => Value::Number(value.clone()),
            Data::Text(text) => Value::String(text.value.clone()),
            Data::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Data::Map(members) => {
                let pairs = members
                    .iter()
                    .map(|(key, node)| (key.name.clone(), node.to_json()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// The place of the byte `offset` of this text, or the text's own where the source writes it
    /// in a way that does not tell (blocks, several lines).
    pub(super) fn place_in(&self, offset: usize, source: &str) -> Place {
        let Data::Text(text) = &self.data else {
            return self.at;
        };
        let Some(before) = text.raw_prefix(offset, source) else {
            return self.at;
        };
        let rest = &source[text.start + before.len()..];
        let word = rest
            .chars()
            .skip(1)
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .count();
        let starts_word = rest.starts_with(|c: char| c.is_alphanumeric() || "_$.".contains(c));
        let length = if starts_word { 1 + word } else { 1 };
        Place {
            column: self.at.column + before.chars().count(),
            length,
            ..self.at
        }
    }
}

impl Text {
    /// What the source writes before the byte `offset` of the value, on one line.
    fn raw_prefix<'s>(&self, offset: usize, source: &'s str) -> Option<&'s str> {
        let raw = source.get(self.start..self.end)?;
        if self.style == Style::Block || raw.contains('\n') {
            return None;
        }
        let body = if self.style == Style::Plain { 0 } else { 1 };
        let mut chars = raw.get(body..)?.char_indices();
        let mut decoded = 0;
        let mut reached = body;
        while decoded < offset {
            let (at, char) = chars.next()?;
            let escaped = match self.style {
                Style::Single => char == '\'',
                Style::Double => char == '\\',
                Style::Plain | Style::Block => false,
            };
            let char = if escaped { chars.next()?.1 } else { char };
            decoded += char.len_utf8();
            reached = body + at + char.len_utf8() + usize::from(escaped);
        }
        raw.get(..reached)
    }
}
