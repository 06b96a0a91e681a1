//! What Redis answers, read without believing it: a key may hold anything, for others can write there.
//!
//! Whatever cannot be read is [`StoreError::Damaged`] and names what it was asked for.

use super::keys;
use baton_engine::store::{AppendError, Due, DueKind, Row, Stored, Version};
use baton_shared::SagaId;
use baton_shared::id::hex16;
use baton_shared::port::StoreError;
use redis::FromRedisValue;
pub use redis::Value;

/// seq and txid before the events.
const HEAD: usize = 32;

/// What `list.lua` found in one partition.
#[derive(Debug)]
pub struct Page {
    pub rows: Vec<(SagaId, Row)>,
    /// Where it would go on.
    pub next: Option<String>,
}

/// An answer as Redis writes it on the wire, if it is one.
pub fn on_the_wire(bytes: &[u8]) -> Option<Value> {
    redis::parse_redis_value(bytes).ok()
}

/// An answer of the shape that was asked for.
pub fn read<T: FromRedisValue>(value: Value) -> Result<T, StoreError> {
    T::from_redis_value(value).map_err(|error| StoreError::Damaged(error.to_string()))
}

/// What `append.lua` did with one transition.
pub fn appended(value: Value) -> Result<(), AppendError> {
    let (code, head): (i64, Vec<u8>) = read(value)?;
    let found = match head.as_slice() {
        [] => Some(Version::NONE),
        head => version(head),
    };
    match (code, found) {
        (1, _) => Ok(()),
        (0, Some(found)) => Err(AppendError::Stale { found }),
        _ => Err(StoreError::Damaged("the head of a journal is not readable".to_owned()).into()),
    }
}

/// The journal of a saga; none where there is no such saga.
pub fn stored(value: Value, saga: &SagaId) -> Result<Option<Stored>, StoreError> {
    let value: Option<Vec<u8>> = read(value)?;
    let Some(mut bytes) = value else {
        return Ok(None);
    };
    let version = version(&bytes).ok_or_else(|| {
        StoreError::Damaged(format!("the journal of {saga} has no readable head"))
    })?;
    Ok(Some(Stored {
        version,
        events: bytes.split_off(HEAD),
    }))
}

/// What is due, as `due.lua` claimed it. What cannot be read stops nothing else: it is told in the log,
/// each time that it is due.
pub fn due(value: Value) -> Result<Vec<Due>, StoreError> {
    let members: Vec<Vec<u8>> = read(value)?;
    let due = members.iter().filter_map(|member| {
        let due = due_of(member);
        if due.is_none() {
            let member = String::from_utf8_lossy(member);
            tracing::error!(%member, "a due time in Redis belongs to nothing that can be read");
        }
        due
    });
    Ok(due.collect())
}

fn due_of(member: &[u8]) -> Option<Due> {
    let (mark, saga) = std::str::from_utf8(member).ok()?.split_once('|')?;
    let what = match mark {
        "t" => DueKind::Timer,
        "d" => DueKind::Duty,
        "x" => DueKind::Expiry,
        _ => return None,
    };
    let saga = saga.parse().ok()?;
    Some(Due { saga, what })
}

/// Rows of one partition, and where it would go on.
pub fn page(value: Value) -> Result<Page, StoreError> {
    let parts: Vec<Vec<u8>> = read(value)?;
    let (next, pairs) = parts
        .split_first()
        .map_or((&[][..], &[][..]), |(next, pairs)| (next.as_slice(), pairs));
    let next = String::from_utf8_lossy(next).into_owned();
    let mut rows = Vec::with_capacity(pairs.len() / 2);
    for pair in pairs.chunks(2) {
        let row = pair.get(1).and_then(|row| keys::decode(row));
        let saga = std::str::from_utf8(&pair[0]).ok();
        let saga: Option<SagaId> = saga.and_then(|text| text.parse().ok());
        let (Some(saga), Some(row)) = (saga, row) else {
            let name = String::from_utf8_lossy(&pair[0]).into_owned();
            return Err(StoreError::Damaged(format!(
                "the row of {name} is not readable"
            )));
        };
        rows.push((saga, row));
    }
    Ok(Page {
        rows,
        next: (!next.is_empty()).then_some(next),
    })
}

/// How a journal at this version begins; nothing where there is none.
pub fn head(version: Version) -> String {
    if version == Version::NONE {
        return String::new();
    }
    hex16(version.seq) + &hex16(version.txid)
}

fn version(head: &[u8]) -> Option<Version> {
    let (seq, txid) = head.get(..HEAD)?.split_at(HEAD / 2);
    Some(Version {
        seq: number(seq)?,
        txid: number(txid)?,
    })
}

/// Digits only: the reader of the library would take a sign, too.
fn number(digits: &[u8]) -> Option<u64> {
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn a_head_is_thirty_two_digits_and_nothing_else() {
        let saga: SagaId = "a".parse().expect("an id");
        let at = Version { seq: 2, txid: 9 };
        let good = format!("{}events", head(at));
        let found = stored(text(&good), &saga).expect("readable").expect("some");
        assert_eq!((found.version, found.events), (at, b"events".to_vec()));
        for bad in ["", "0", &format!("+{}", &good[1..]), &good[..31]] {
            let error = stored(text(bad), &saga).expect_err("no head");
            assert!(matches!(error, StoreError::Damaged(_)), "{bad}: {error}");
        }
    }

    #[test]
    fn a_journal_with_an_unreadable_head_is_damaged_and_not_another_version() {
        let answer = |head: &str| appended(Value::Array(vec![Value::Int(0), text(head)]));
        let other = format!("{:016x}{:016x}", 3, 4);
        let stale = |found| matches!(found, Err(AppendError::Stale { .. }));
        assert!(stale(answer(&other)) && stale(answer("")));
        let damaged = answer(&format!("{:016x}not a number....", 3));
        assert!(matches!(
            damaged,
            Err(AppendError::Store(StoreError::Damaged(_)))
        ));
    }

    #[test]
    fn what_is_due_and_unreadable_hides_nothing_else() {
        let members = ["t|a", "q|a", "t", "", "x|b", "d|not an id"].map(text);
        let found = due(Value::Array(members.into())).expect("readable");
        let found: Vec<_> = found
            .iter()
            .map(|due| (due.saga.as_str(), due.what))
            .collect();
        assert_eq!(found, [("a", DueKind::Timer), ("b", DueKind::Expiry)]);
    }

    #[test]
    fn half_a_row_is_not_left_out() {
        let odd = Value::Array(vec![text(""), text("a")]);
        let error = page(odd).expect_err("a row without its row");
        assert!(error.to_string().contains("the row of a"), "{error}");
    }
}
