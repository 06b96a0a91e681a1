//! How jaq reads, builds and updates values.

use super::arithmetic::float;
use super::meter::{self, ELEMENT};
use super::value::{Error, Val, ValR};
use crate::expression::reading::{cannot_read_item, cannot_read_member};
use indexmap::IndexMap;
use jaq_core::path::Opt;
use jaq_core::val::Range;
use jaq_core::{Exn, ValX};

impl From<bool> for Val {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<isize> for Val {
    fn from(int: isize) -> Self {
        Self::Int(int as i128)
    }
}

impl From<usize> for Val {
    fn from(int: usize) -> Self {
        Self::Int(int as i128)
    }
}

impl From<f64> for Val {
    fn from(float: f64) -> Self {
        Self::Float(float)
    }
}

impl From<String> for Val {
    fn from(text: String) -> Self {
        Self::text(&text)
    }
}

impl From<Range<Self>> for Val {
    fn from(range: Range<Self>) -> Self {
        let bound = |bound: Option<Self>| bound.unwrap_or_default();
        let members = [
            ("start".into(), bound(range.start)),
            ("end".into(), bound(range.end)),
        ];
        Self::object(members.into()).unwrap_or_default()
    }
}

/// Null once a limit is broken, which the end of the evaluation reports.
impl FromIterator<Self> for Val {
    fn from_iter<I: IntoIterator<Item = Self>>(items: I) -> Self {
        let mut values = Vec::new();
        let mut size = 0_u32;
        for item in items {
            size = size.saturating_add(item.size());
            if size > meter::SIZE {
                meter::trip(meter::Trip::Size);
            }
            if meter::charge(ELEMENT).is_err() {
                return Self::Null;
            }
            values.push(item);
        }
        Self::array(values).unwrap_or_default()
    }
}

fn not_iterable(value: &Val) -> Error {
    Error::str(format_args!(
        "cannot go through {value}: it is neither an array nor an object"
    ))
}

/// Charges and stops for good when a limit is broken: no `try` catches it.
fn charge_or_stop<'a>(bytes: usize) -> Result<(), Exn<'a, Val>> {
    meter::charge(bytes).map_err(|_| Exn::halt(1))
}

impl jaq_core::ValT for Val {
    fn from_num(digits: &str) -> ValR {
        meter::charge(digits.len())?;
        let about = || {
            digits
                .parse::<f64>()
                .map_err(|_| Error::str(format_args!("{digits} is no number")))
        };
        match digits.parse::<i128>() {
            Ok(int) => Ok(super::arithmetic::int(Some(int), about()?)),
            Err(_) => Ok(Self::Float(about()?)),
        }
    }

    fn from_map<I: IntoIterator<Item = (Self, Self)>>(members: I) -> ValR {
        let mut values = IndexMap::new();
        for (key, value) in members {
            meter::charge(ELEMENT)?;
            let Self::Str(key) = key else {
                return Err(Error::str(format_args!(
                    "cannot use {key} as the name of a member"
                )));
            };
            values.insert(key, value);
        }
        Self::object(values)
    }

    fn key_values(self) -> Box<dyn Iterator<Item = Result<(Self, Self), Error>>> {
        match self {
            Self::Arr(items) => Box::new((0..items.values.len()).map_while(move |at| {
                meter::charge(ELEMENT).ok()?;
                Some(Ok((Self::from(at), items.values[at].clone())))
            })),
            Self::Obj(members) => Box::new((0..members.values.len()).map_while(move |at| {
                meter::charge(ELEMENT).ok()?;
                let (key, value) = members.values.get_index(at)?;
                Some(Ok((Self::Str(key.clone()), value.clone())))
            })),
            other => Box::new(std::iter::once(Err(not_iterable(&other)))),
        }
    }

    fn values(self) -> Box<dyn Iterator<Item = ValR>> {
        match self {
            Self::Arr(_) | Self::Obj(_) => {
                Box::new(self.key_values().map(|pair| pair.map(|(_, value)| value)))
            }
            other => {
                let _ = meter::charge(0);
                Box::new(std::iter::once(Err(not_iterable(&other))))
            }
        }
    }

    fn index(self, index: &Self) -> ValR {
        self.at(index).map(Option::unwrap_or_default)
    }

    fn range(self, range: Range<&Self>) -> ValR {
        meter::charge(0)?;
        match &self {
            Self::Null => Ok(Self::Null),
            Self::Arr(items) => {
                let (from, to) = bounds(range, items.values.len())?;
                meter::charge((to - from) * ELEMENT)?;
                Self::array(items.values[from..to].to_vec())
            }
            Self::Str(text) => {
                meter::charge(text.len())?;
                let (from, to) = bounds(range, text.chars().count())?;
                Ok(Self::text(
                    &text.chars().skip(from).take(to - from).collect::<String>(),
                ))
            }
            other => Err(Error::str(format_args!("cannot take a slice of {other}"))),
        }
    }

    fn map_values<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        charge_or_stop(0)?;
        match self {
            Self::Arr(items) => {
                let mut values = Vec::new();
                for item in &items.values {
                    for result in f(item.clone()) {
                        charge_or_stop(ELEMENT)?;
                        values.push(result?);
                    }
                }
                Ok(Self::array(values)?)
            }
            Self::Obj(members) => {
                let mut values = IndexMap::new();
                for (key, member) in &members.values {
                    charge_or_stop(ELEMENT)?;
                    if let Some(result) = f(member.clone()).next() {
                        values.insert(key.clone(), result?);
                    }
                }
                Ok(Self::object(values)?)
            }
            other => opt.fail(other, |other| Exn::from(not_iterable(&other))),
        }
    }

    fn map_index<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        index: &Self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        charge_or_stop(0)?;
        match (&self, index) {
            (Self::Str(_) | Self::Arr(_), Self::Obj(range)) => {
                let (start, end) = (range.values.get("start"), range.values.get("end"));
                self.map_range(start..end, opt, f)
            }
            (Self::Null, Self::Str(key)) => {
                let mut values = IndexMap::new();
                if let Some(result) = f(Self::Null).next() {
                    values.insert(key.clone(), result?);
                }
                Ok(Self::object(values)?)
            }
            (Self::Obj(members), Self::Str(key)) => {
                charge_or_stop(members.values.len() * ELEMENT)?;
                let mut values = members.values.clone();
                match f(values.get(key).cloned().unwrap_or_default()).next() {
                    Some(result) => values.insert(key.clone(), result?),
                    None => values.shift_remove(key),
                };
                Ok(Self::object(values)?)
            }
            (Self::Null | Self::Arr(_), Self::Int(_) | Self::Float(_)) => {
                self.map_item(index, opt, f)
            }
            _ => opt.fail(self, |value| Exn::from(unreadable(&value, index))),
        }
    }

    fn map_range<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        range: Range<&Self>,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        charge_or_stop(0)?;
        let Self::Arr(items) = &self else {
            return opt.fail(self, |value| {
                Exn::from(Error::str(format_args!("cannot change a slice of {value}")))
            });
        };
        let (from, to) = bounds(range, items.values.len())?;
        charge_or_stop(items.values.len() * ELEMENT)?;
        let slice = Self::array(items.values[from..to].to_vec())?;
        let new = f(slice).next().transpose()?;
        let new = match &new {
            None => &[][..],
            Some(Self::Arr(items)) => &items.values[..],
            Some(other) => {
                let fault = format_args!("cannot put {other} in place of a slice").to_string();
                return Err(Error::str(fault).into());
            }
        };
        Ok(Self::array(
            [&items.values[..from], new, &items.values[to..]].concat(),
        )?)
    }

    fn as_bool(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false))
    }

    fn into_string(self) -> Self {
        match self {
            Self::Str(_) => self,
            other => other.to_json_text().unwrap_or_default(),
        }
    }
}

impl Val {
    /// What lies at an index; `None` where nothing does.
    pub(super) fn at(&self, index: &Self) -> Result<Option<Self>, Error> {
        meter::charge(0)?;
        match (self, index) {
            (
                Self::Null,
                Self::Null | Self::Str(_) | Self::Int(_) | Self::Float(_) | Self::Obj(_),
            ) => Ok(None),
            (Self::Obj(members), Self::Str(key)) => Ok(members.values.get(key).cloned()),
            (Self::Arr(items), Self::Int(_) | Self::Float(_)) => Ok(position(
                index,
                items.values.len(),
            )
            .and_then(|at| items.values.get(at).cloned())),
            (Self::Arr(_), Self::Arr(_)) => super::natives::indices(self, index).map(Some),
            (Self::Str(_) | Self::Arr(_), Self::Obj(range)) => {
                let (start, end) = (range.values.get("start"), range.values.get("end"));
                jaq_core::ValT::range(self.clone(), start..end).map(Some)
            }
            _ => Err(unreadable(self, index)),
        }
    }

    fn map_item<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        index: &Self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        let mut values = match &self {
            Self::Arr(items) => {
                charge_or_stop(items.values.len() * ELEMENT)?;
                items.values.clone()
            }
            _ => Vec::new(),
        };
        let Some(at) = position(index, values.len()) else {
            let fault = format!(
                "there is no item {index} in an array of length {}",
                values.len()
            );
            return opt.fail(self, |_| Exn::from(Error::str(fault)));
        };
        match f(values.get(at).cloned().unwrap_or_default()).next() {
            Some(result) => {
                let result = result?;
                if at >= values.len() {
                    charge_or_stop((at - values.len()).saturating_mul(ELEMENT))?;
                    values.resize(at + 1, Self::Null);
                }
                values[at] = result;
            }
            None if at < values.len() => drop(values.remove(at)),
            None => {}
        }
        Ok(Self::array(values)?)
    }
}

fn unreadable(value: &Val, index: &Val) -> Error {
    match index {
        Val::Str(name) => Error::str(cannot_read_member(name, value.kind())),
        Val::Int(at) => match i64::try_from(*at) {
            Ok(at) => Error::str(cannot_read_item(at, value.kind())),
            Err(_) => Error::str(format_args!("cannot read item {at} of {}", value.kind())),
        },
        other => Error::str(format_args!("cannot read from {value} with {other}")),
    }
}

/// An index counted from the start; `None` before it.
fn position(index: &Val, length: usize) -> Option<usize> {
    let at = float(index)?.floor();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates"
    )]
    match (at < 0.0, at.abs() as usize) {
        (false, at) => Some(at),
        (true, back) => length.checked_sub(back),
    }
}

/// A slice's bounds, inside the length and in order.
fn bounds(range: Range<&Val>, length: usize) -> Result<(usize, usize), Error> {
    let bound = |bound: Option<&Val>, default: usize| match bound {
        None | Some(Val::Null) => Ok(default),
        Some(number @ (Val::Int(_) | Val::Float(_))) => {
            Ok(position(number, length).unwrap_or(0).min(length))
        }
        Some(other) => Err(Error::str(format_args!(
            "cannot use {other} as the bound of a slice"
        ))),
    };
    let (from, to) = (bound(range.start, 0)?, bound(range.end, length)?);
    Ok((from, to.max(from)))
}

impl jaq_std::ValT for Val {
    fn into_seq<S: FromIterator<Self>>(self) -> Result<S, Self> {
        match self {
            Self::Arr(items) if meter::charge(items.values.len() * ELEMENT).is_ok() => {
                Ok(items.values.iter().cloned().collect())
            }
            other => Err(other),
        }
    }

    fn is_int(&self) -> bool {
        matches!(self, Self::Int(_))
    }

    fn as_isize(&self) -> Option<isize> {
        match self {
            Self::Int(int) => isize::try_from(*int).ok(),
            _ => None,
        }
    }

    fn as_f64(&self) -> Option<f64> {
        float(self)
    }

    fn is_utf8_str(&self) -> bool {
        matches!(self, Self::Str(_))
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Str(text) => {
                meter::charge(text.len()).ok()?;
                Some(text.as_bytes())
            }
            _ => None,
        }
    }

    fn as_sub_str(&self, part: &[u8]) -> Self {
        Self::text(&String::from_utf8_lossy(part))
    }

    fn from_utf8_bytes(bytes: impl AsRef<[u8]> + Send + 'static) -> Self {
        Self::text(&String::from_utf8_lossy(bytes.as_ref()))
    }
}
