//! What Redis says, in the words of the port.

use baton_shared::port::StoreError;
use redis::{ErrorKind, RedisError};

/// Sorts an error by what it means for the caller: nothing written and no room, or who knows.
pub(super) fn store_error(error: &RedisError) -> StoreError {
    let said = error.to_string();
    match error.code() {
        Some("OOM" | "MISCONF") => StoreError::Full(said),
        Some("WRONGTYPE") => StoreError::Damaged(said),
        _ if error.kind() == ErrorKind::UnexpectedReturnType => StoreError::Damaged(said),
        _ => StoreError::Unavailable(said),
    }
}

/// The connection itself is no good any more: cut, silent, or now to a replica.
pub(super) fn broken(error: &RedisError) -> bool {
    error.is_io_error() || error.is_unrecoverable_error() || error.code() == Some("READONLY")
}

/// The script cache was emptied by a restart, a failover or a person.
pub(super) fn no_script(error: &RedisError) -> bool {
    error.code() == Some("NOSCRIPT")
}

#[cfg(test)]
mod tests {
    use super::*;
    use redis::{ServerError, Value};

    fn said(code: &str) -> RedisError {
        let line = format!("-{code} it is so\r\n");
        let value = redis::parse_redis_value(line.as_bytes()).expect("a reply");
        match value {
            Value::ServerError(error) => ServerError::into(error),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn refusals_are_told_from_outages() {
        for code in ["OOM", "MISCONF"] {
            assert!(
                matches!(store_error(&said(code)), StoreError::Full(_)),
                "{code}"
            );
        }
        for code in ["LOADING", "READONLY", "MASTERDOWN", "NOREPLICAS", "ERR"] {
            assert!(
                matches!(store_error(&said(code)), StoreError::Unavailable(_)),
                "{code}"
            );
        }
        assert!(matches!(
            store_error(&said("WRONGTYPE")),
            StoreError::Damaged(_)
        ));
        assert!(no_script(&said("NOSCRIPT")));
        assert!(broken(&said("READONLY")) && !broken(&said("OOM")));
    }
}
