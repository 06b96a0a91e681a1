//! Certificates for the connections to broker and store.
//!
//! The files are read anew at every connection, so that a rotated certificate needs no restart.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Where the PEM files are. Takes effect with `amqps://` and `rediss://`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Certificates of the authorities to trust: for RabbitMQ beside the public ones, for Redis
    /// instead of them.
    pub ca: Option<PathBuf>,
    /// Our own certificate chain, for servers that ask who we are.
    pub cert: Option<PathBuf>,
    /// The key of `cert`.
    pub key: Option<PathBuf>,
}

/// Why the certificates cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read {path}: {reason}")]
    Unreadable { path: PathBuf, reason: String },
    #[error("tls.cert and tls.key belong together: {missing} is not set")]
    Half { missing: &'static str },
}

/// What stood in the files.
#[derive(Clone)]
pub(crate) struct Pem {
    pub(crate) ca: Option<Vec<u8>>,
    /// Certificate chain and key.
    pub(crate) identity: Option<(Vec<u8>, Vec<u8>)>,
}

impl Tls {
    pub(crate) fn read(&self) -> Result<Pem, TlsError> {
        let identity = match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => Some((file(cert)?, file(key)?)),
            (None, None) => None,
            (None, Some(_)) => {
                return Err(TlsError::Half {
                    missing: "tls.cert",
                });
            }
            (Some(_), None) => return Err(TlsError::Half { missing: "tls.key" }),
        };
        Ok(Pem {
            ca: self.ca.as_deref().map(file).transpose()?,
            identity,
        })
    }
}

fn file(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|error| TlsError::Unreadable {
        path: path.into(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_an_identity_is_refused() {
        let half = Tls {
            cert: Some("a.pem".into()),
            ..Tls::default()
        };
        assert_eq!(
            half.read().err(),
            Some(TlsError::Half { missing: "tls.key" })
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let tls = Tls {
            ca: Some("/nowhere/ca.pem".into()),
            ..Tls::default()
        };
        let said = tls.read().err().expect("missing").to_string();
        assert!(said.starts_with("cannot read /nowhere/ca.pem: "), "{said}");
    }
}
