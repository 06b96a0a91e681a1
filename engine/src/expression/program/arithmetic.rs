//! Order and arithmetic of values.

use super::meter::{self, ELEMENT, SIZE, Trip};
use super::value::{Error, Val, ValR};
use indexmap::IndexMap;
use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};
use std::sync::Arc;

fn cannot(what: &str, left: &Val, with: &str, right: &Val) -> ValR {
    Err(Error::str(format_args!(
        "cannot {what} {left} {with} {right}"
    )))
}

/// An integer where JSON has one, else a float.
pub(super) fn int(exact: Option<i128>, about: f64) -> Val {
    match exact {
        Some(int) if (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&int) => Val::Int(int),
        _ => Val::Float(about),
    }
}

/// Both as floats, if both are numbers.
fn floats(left: &Val, right: &Val) -> Option<(f64, f64)> {
    Some((float(left)?, float(right)?))
}

#[expect(clippy::cast_precision_loss, reason = "a float is what is asked for")]
pub(super) fn float(val: &Val) -> Option<f64> {
    match val {
        Val::Int(int) => Some(*int as f64),
        Val::Float(float) => Some(*float),
        _ => None,
    }
}

impl Add for Val {
    type Output = ValR;

    fn add(self, right: Self) -> ValR {
        meter::charge(0)?;
        match (&self, &right) {
            (Self::Null, _) => return Ok(right),
            (_, Self::Null) => return Ok(self),
            (Self::Int(l), Self::Int(r)) => {
                return Ok(int(
                    l.checked_add(*r),
                    float(&self).unwrap_or(0.0) + float(&right).unwrap_or(0.0),
                ));
            }
            (Self::Str(l), Self::Str(r)) => {
                if l.len() + r.len() > SIZE as usize {
                    return Err(meter::trip(Trip::Size).into());
                }
                meter::charge(l.len() + r.len())?;
                return Ok(Self::Str([&**l, &**r].concat().into()));
            }
            (Self::Arr(l), Self::Arr(r)) => {
                meter::charge((l.values.len() + r.values.len()) * ELEMENT)?;
                return Self::array([&l.values[..], &r.values[..]].concat());
            }
            (Self::Obj(l), Self::Obj(r)) => {
                meter::charge((l.values.len() + r.values.len()) * ELEMENT)?;
                let mut values = l.values.clone();
                values.extend(
                    r.values
                        .iter()
                        .map(|(key, value)| (key.clone(), value.clone())),
                );
                return Self::object(values);
            }
            _ => {}
        }
        match floats(&self, &right) {
            Some((l, r)) => Ok(Self::Float(l + r)),
            None => cannot("add", &self, "and", &right),
        }
    }
}

impl Sub for Val {
    type Output = ValR;

    fn sub(self, right: Self) -> ValR {
        meter::charge(0)?;
        match (&self, &right) {
            (Self::Int(l), Self::Int(r)) => Ok(int(
                l.checked_sub(*r),
                float(&self).unwrap_or(0.0) - float(&right).unwrap_or(0.0),
            )),
            (Self::Arr(l), Self::Arr(r)) => {
                meter::charge(
                    l.values
                        .len()
                        .saturating_mul(r.values.len())
                        .saturating_mul(ELEMENT),
                )?;
                let kept = l.values.iter().filter(|item| !r.values.contains(item));
                Self::array(kept.cloned().collect())
            }
            (l, r) => match floats(l, r) {
                Some((l, r)) => Ok(Self::Float(l - r)),
                None => Err(Error::str(format_args!("cannot subtract {r} from {l}"))),
            },
        }
    }
}

impl Mul for Val {
    type Output = ValR;

    fn mul(self, right: Self) -> ValR {
        meter::charge(0)?;
        match (&self, &right) {
            (Self::Int(l), Self::Int(r)) => Ok(int(
                l.checked_mul(*r),
                float(&self).unwrap_or(0.0) * float(&right).unwrap_or(0.0),
            )),
            (Self::Str(text), times @ (Self::Int(_) | Self::Float(_)))
            | (times @ (Self::Int(_) | Self::Float(_)), Self::Str(text)) => repeated(text, times),
            (Self::Obj(_), Self::Obj(_)) => merged(self, right),
            (l, r) => match floats(l, r) {
                Some((l, r)) => Ok(Self::Float(l * r)),
                None => cannot("multiply", l, "by", r),
            },
        }
    }
}

/// A string several times over; null for none, as in jq.
fn repeated(text: &str, times: &Val) -> ValR {
    let times = float(times).unwrap_or(0.0).ceil();
    if times <= 0.0 || times.is_nan() {
        return Ok(Val::Null);
    }
    if text.len() as f64 * times > f64::from(SIZE) {
        return Err(meter::trip(Trip::Size).into());
    }
    if text.is_empty() {
        return Ok(Val::Str(text.into()));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 1 to SIZE"
    )]
    let times = times as usize;
    meter::charge(text.len() * times)?;
    Ok(Val::Str(text.repeat(times).into()))
}

/// Objects merged member by member, all the way down.
fn merged(left: Val, right: Val) -> ValR {
    let (Val::Obj(l), Val::Obj(r)) = (&left, &right) else {
        return Ok(right);
    };
    meter::charge((l.values.len() + r.values.len()) * ELEMENT)?;
    let mut values = l.values.clone();
    for (key, value) in &r.values {
        let old = values.get(key).cloned().unwrap_or_default();
        values.insert(key.clone(), merged(old, value.clone())?);
    }
    Val::object(values)
}

impl Div for Val {
    type Output = ValR;

    fn div(self, right: Self) -> ValR {
        meter::charge(0)?;
        match (&self, &right) {
            (Self::Str(text), Self::Str(separator)) => split(text, separator),
            (Self::Int(l), Self::Int(r)) if *r != 0 && l % r == 0 => Ok(int(Some(l / r), 0.0)),
            (l, r) => match floats(l, r) {
                Some((_, 0.0)) => Err(Error::str(format_args!("cannot divide {l} by zero"))),
                Some((l, r)) => Ok(Self::Float(l / r)),
                None => cannot("divide", l, "by", r),
            },
        }
    }
}

fn split(text: &str, separator: &str) -> ValR {
    meter::charge(text.len())?;
    let parts = |pieces: &mut dyn Iterator<Item = &str>| pieces.map(Val::text).collect::<Vec<_>>();
    Val::array(match (text, separator) {
        ("", _) => Vec::new(),
        (text, "") => {
            meter::charge(text.len() * ELEMENT)?;
            let ends = text
                .char_indices()
                .map(|(at, c)| &text[at..at + c.len_utf8()]);
            parts(&mut { ends })
        }
        (text, separator) => parts(&mut text.split(separator)),
    })
}

impl Rem for Val {
    type Output = ValR;

    fn rem(self, right: Self) -> ValR {
        meter::charge(0)?;
        match (&self, &right) {
            (Self::Int(l), Self::Int(r)) if *r != 0 => Ok(Self::Int(l % r)),
            (l, r) => match floats(l, r) {
                Some((_, 0.0)) => Err(Error::str(format_args!("cannot divide {l} by zero"))),
                Some((l, r)) => Ok(Self::Float(l % r)),
                None => cannot("divide", l, "by", r),
            },
        }
    }
}

impl Neg for Val {
    type Output = ValR;

    fn neg(self) -> ValR {
        meter::charge(0)?;
        match &self {
            Self::Int(value) => Ok(int(value.checked_neg(), -float(&self).unwrap_or(0.0))),
            Self::Float(value) => Ok(Self::Float(-value)),
            other => Err(Error::str(format_args!("cannot negate {other}"))),
        }
    }
}

/// jq's order: null, booleans, numbers, strings, arrays, objects. Not-a-number is the least number.
impl Ord for Val {
    fn cmp(&self, other: &Self) -> Ordering {
        // The order must stay one while a sort runs, so what it costs breaks nothing off here.
        let _ = meter::charge(self.size().min(other.size()) as usize / 4);
        order(self, other)
    }
}

fn order(left: &Val, right: &Val) -> Ordering {
    use Val::{Arr, Bool, Float, Int, Null, Obj, Str};
    match (left, right) {
        (Null, Null) => Ordering::Equal,
        (Bool(l), Bool(r)) => l.cmp(r),
        (Int(l), Int(r)) => l.cmp(r),
        (Int(l), Float(r)) => int_with_float(*l, *r),
        (Float(l), Int(r)) => int_with_float(*r, *l).reverse(),
        (Float(l), Float(r)) => l
            .partial_cmp(r)
            .unwrap_or_else(|| r.is_nan().cmp(&l.is_nan())),
        (Str(l), Str(r)) => l.cmp(r),
        (Arr(l), Arr(r)) => {
            let mut pairs = l.values.iter().zip(&r.values).map(|(l, r)| order(l, r));
            pairs
                .find(|o| o.is_ne())
                .unwrap_or_else(|| l.values.len().cmp(&r.values.len()))
        }
        (Obj(l), Obj(r)) => {
            let (l, r) = (sorted(&l.values), sorted(&r.values));
            let keys = l
                .iter()
                .map(|(key, _)| key)
                .cmp(r.iter().map(|(key, _)| key));
            keys.then_with(|| {
                let mut pairs = l.iter().zip(&r).map(|((_, l), (_, r))| order(l, r));
                pairs.find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
            })
        }
        (l, r) => rank(l).cmp(&rank(r)),
    }
}

fn sorted(values: &IndexMap<Arc<str>, Val>) -> Vec<(&Arc<str>, &Val)> {
    let mut members: Vec<_> = values.iter().collect();
    members.sort_by_key(|(key, _)| *key);
    members
}

/// Exact, so that the order of large integers and floats stays one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "within i128"
)]
fn int_with_float(int: i128, float: f64) -> Ordering {
    if float.is_nan() {
        return Ordering::Greater;
    }
    if float.abs() >= i128::MAX as f64 {
        return 0.0.partial_cmp(&float).unwrap_or(Ordering::Equal);
    }
    int.cmp(&(float.trunc() as i128))
        .then_with(|| 0.0.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal))
}

fn rank(value: &Val) -> u8 {
    match value {
        Val::Null => 0,
        Val::Bool(_) => 1,
        Val::Int(_) | Val::Float(_) => 2,
        Val::Str(_) => 3,
        Val::Arr(_) => 4,
        Val::Obj(_) => 5,
    }
}

impl PartialOrd for Val {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Val {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Val {}
