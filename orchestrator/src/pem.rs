//! PEM files: certificates, keys and authorities, with faults that name the file.

use rustls::RootCertStore;
use rustls::pki_types::pem::{Error, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};

/// Why a file gives no certificate or key. Never repeats what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    #[error("cannot read {path}: {reason}")]
    Unreadable { path: PathBuf, reason: String },
    #[error("{path} is damaged: {reason}")]
    Damaged { path: PathBuf, reason: String },
    #[error("{path} holds no certificate: a line -----BEGIN CERTIFICATE----- is needed (PEM)")]
    NoCertificate { path: PathBuf },
    #[error(
        "{path} holds no private key: a line -----BEGIN PRIVATE KEY----- is needed (PEM, not \
         encrypted)"
    )]
    NoKey { path: PathBuf },
}

/// The certificate chain in a file, the own one first.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let text = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| damaged(path, &error))?;
    if found.is_empty() {
        return Err(PemError::NoCertificate { path: path.into() });
    }
    Ok(found)
}

/// The first private key in a file.
pub fn key(path: &Path) -> Result<PrivateKeyDer<'static>, PemError> {
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(|error| match error {
        Error::NoItemsFound => PemError::NoKey { path: path.into() },
        error => damaged(path, &error),
    })
}

/// The authorities in a file, and no others.
pub fn authorities(path: &Path) -> Result<RootCertStore, PemError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots
            .add(certificate)
            .map_err(|error| damaged(path, &error))?;
    }
    Ok(roots)
}

fn read(path: &Path) -> Result<Vec<u8>, PemError> {
    std::fs::read(path).map_err(|error| PemError::Unreadable {
        path: path.into(),
        reason: error.to_string(),
    })
}

fn damaged(path: &Path, error: &dyn std::fmt::Display) -> PemError {
    PemError::Damaged {
        path: path.into(),
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_named_and_not_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.pem");
        let begin = "-----BEGIN CERTIFICATE-----\n";
        let end = "-----END CERTIFICATE-----\n";
        for (text, wanted) in [
            ("", "holds no certificate"),
            ("s3cret", "holds no certificate"),
            (&format!("{begin}s3cret!\n{end}"), "is damaged"),
            (&format!("{begin}s3cret"), "is damaged"),
            (&format!("{begin}AAAA\n{end}"), "is damaged"),
        ] {
            std::fs::write(&path, text).expect("writes");
            let said = authorities(&path).expect_err(text).to_string();
            let starts = format!("{} {wanted}", path.display());
            assert!(said.starts_with(&starts), "{said}");
            assert!(!said.contains("s3cret"), "{said}");
        }
        let said = key(&path).expect_err("a certificate").to_string();
        assert!(said.contains("holds no private key"), "{said}");
        let said = key(&folder.path().join("none")).expect_err("no file");
        assert!(matches!(said, PemError::Unreadable { .. }), "{said}");
    }
}
