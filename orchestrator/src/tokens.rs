//! API tokens: kept as SHA-256 hashes, so that reading the store gives nobody access.
//!
//! A token is long and random, not a password, so a plain hash is enough: there is nothing to guess.

use crate::outside::Ports;
use baton_shared::Timestamp;
use baton_shared::port::{Clock, RecordKind, Records, StoreError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long an answer of the store is believed: the longest a removed token still works.
const BELIEVED: Duration = Duration::from_secs(10);
/// Accepted tokens remembered at once.
const REMEMBERED: usize = 1024;

/// What is kept of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    pub name: String,
    pub created_at: Timestamp,
}

/// Whether a request may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Granted,
    /// No token was sent where one is needed.
    Missing,
    /// The token is not known.
    Wrong,
}

/// The name under which a token is kept.
pub fn hash(token: &str) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(token.as_bytes()) {
        write!(text, "{byte:02x}").expect("a String takes all");
    }
    text
}

/// Keeps a token. `false` when the very same token is there already.
pub async fn add<R: Records>(
    records: &R,
    name: &str,
    token: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let kept = Token {
        name: name.to_owned(),
        created_at: now,
    };
    let value = serde_json::to_vec(&kept).expect("plain data");
    let earlier = records
        .put_new(RecordKind::Token, &hash(token), value)
        .await?;
    Ok(earlier.is_none())
}

/// All tokens with their hashes.
pub async fn list<R: Records>(records: &R) -> Result<Vec<(String, Token)>, StoreError> {
    let mut tokens = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = records
            .scan(RecordKind::Token, after.as_deref(), 200)
            .await?;
        let Some((last, _)) = page.last() else {
            return Ok(tokens);
        };
        after = Some(last.clone());
        for (hash, value) in page {
            let token = serde_json::from_slice(&value).map_err(|error| {
                StoreError::Damaged(format!("token {hash} is not readable: {error}"))
            })?;
            tokens.push((hash, token));
        }
    }
}

/// Decides who may pass. Where a token is not required, it is open while none is set.
#[derive(Debug)]
pub struct Gate<P> {
    ports: Arc<P>,
    /// Closed also when the last token is removed.
    required: bool,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Whether any token is set, and when that was read.
    any: Option<(bool, Timestamp)>,
    /// Hashes that were found, and when.
    good: Vec<(String, Timestamp)>,
}

impl<P: Ports> Gate<P> {
    pub fn new(ports: Arc<P>, required: bool) -> Self {
        Self {
            ports,
            required,
            seen: Mutex::default(),
        }
    }

    pub async fn check(&self, token: Option<&str>) -> Result<Access, StoreError> {
        let now = self.ports.clock().now();
        if !self.required && !self.any(now).await? {
            return Ok(Access::Granted);
        }
        let Some(token) = token else {
            return Ok(Access::Missing);
        };
        let hash = hash(token);
        if self.remembers(&hash, now) {
            return Ok(Access::Granted);
        }
        let found = self.ports.records().get(RecordKind::Token, &hash).await?;
        if found.is_none() {
            return Ok(Access::Wrong);
        }
        let mut seen = self.seen();
        seen.good.retain(|(_, at)| now.since(*at) < BELIEVED);
        if seen.good.len() < REMEMBERED {
            seen.good.push((hash, now));
        }
        Ok(Access::Granted)
    }

    async fn any(&self, now: Timestamp) -> Result<bool, StoreError> {
        let known = self.seen().any;
        match known {
            Some((any, at)) if now.since(at) < BELIEVED => return Ok(any),
            _ => {}
        }
        let first = self
            .ports
            .records()
            .scan(RecordKind::Token, None, 1)
            .await?;
        let any = !first.is_empty();
        self.seen().any = Some((any, now));
        Ok(any)
    }

    fn remembers(&self, hash: &str, now: Timestamp) -> bool {
        self.seen()
            .good
            .iter()
            .any(|(known, at)| known == hash && now.since(*at) < BELIEVED)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().expect("no panic while looking")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sha256() {
        assert_eq!(
            hash("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
