//! API tokens. Known here only by their SHA-256 hashes: reading the settings gives nobody access.
//!
//! ```text
//!   baton token new ─► bat_…     to whoever calls the API
//!                  └─► sha256:…  into api.tokens or the file api.tokenFile
//! ```
//!
//! A token is long and random, not a password, so a plain hash is enough: there is nothing to guess.

use crate::fresh::Fresh;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use subtle::{Choice, ConstantTimeEq};

/// What every token starts with, so that scanners find one that got lost.
const MARK: &str = "bat_";
/// What every hash starts with.
const SCHEME: &str = "sha256:";

/// A new token: 32 bytes of the system's randomness. `None` when the system has none to give.
pub fn generate() -> Option<String> {
    let mut bytes = [0; 32];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut bytes).ok()?;
    Some(format!("{MARK}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// What is kept of a token; written `sha256:` and 64 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

impl Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text that is no hash. It is not repeated: somebody may have written the token itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no token's hash: write `sha256:` and 64 hex digits, as `baton token new` prints them")]
pub struct NoHash;

impl FromStr for TokenHash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let digits = text.strip_prefix(SCHEME).ok_or(NoHash)?;
        let mut digits = digits.chars().map(|c| c.to_digit(16));
        let mut bytes = [0; 32];
        for byte in &mut bytes {
            let mut half = || digits.next().flatten().ok_or(NoHash);
            *byte = u8::try_from(half()? * 16 + half()?).expect("two hex digits");
        }
        digits.next().is_none().then_some(Self(bytes)).ok_or(NoHash)
    }
}

/// The tokens that are accepted; none at all leaves the API open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    pub hashes: Vec<TokenHash>,
    /// One hash a line; what follows `#` is for people. Read again while we run.
    pub file: Option<PathBuf>,
}

impl Tokens {
    /// `hashes` as they were written in `api.tokens`.
    pub fn read<T: AsRef<str>>(hashes: &[T], file: Option<PathBuf>) -> Result<Self, TokensError> {
        let read = |(at, text): (usize, &T)| {
            let hash = text.as_ref().trim().parse();
            let entry = at + 1;
            hash.map_err(|error| TokensError::Setting { entry, error })
        };
        let hashes = hashes.iter().enumerate().map(read);
        let hashes = hashes.collect::<Result<_, _>>()?;
        Ok(Self { hashes, file })
    }
}

/// Why the tokens cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokensError {
    #[error("the setting `api.tokens`, entry {entry}: this {error}")]
    Setting { entry: usize, error: NoHash },
    #[error("cannot read the tokens in {path}: {reason}")]
    Unreadable { path: PathBuf, reason: String },
    #[error("{path}, line {line}: this {error}")]
    Wrong {
        path: PathBuf,
        line: usize,
        error: NoHash,
    },
    #[error("{path} holds no token: `baton token new` makes one")]
    Empty { path: PathBuf },
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

/// Decides who may pass: everybody where no token is set.
#[derive(Debug)]
pub struct Gate {
    hashes: Vec<TokenHash>,
    file: Option<Fresh<Vec<TokenHash>>>,
}

impl Gate {
    /// Refuses a file without any token: somebody believes the API protected.
    pub fn new(tokens: &Tokens) -> Result<Self, TokensError> {
        let file = tokens.file.clone().map(|path| {
            let fresh = Fresh::new({
                let path = path.clone();
                move || in_file(&path)
            })?;
            if fresh.value().is_empty() {
                return Err(TokensError::Empty { path });
            }
            Ok(fresh)
        });
        Ok(Self {
            hashes: tokens.hashes.clone(),
            file: file.transpose()?,
        })
    }

    /// Whether a token is needed. Stays so when the last one leaves the file.
    pub fn closed(&self) -> bool {
        !self.hashes.is_empty() || self.file.is_some()
    }

    pub fn check(&self, token: Option<&str>) -> Access {
        if !self.closed() {
            return Access::Granted;
        }
        let Some(token) = token else {
            return Access::Missing;
        };
        let in_file = self.file.as_ref().map(Fresh::value);
        let in_file = in_file.iter().flat_map(|hashes| hashes.iter());
        let sent = TokenHash::of(token).0;
        // Looks at all of them, each to its end: time tells nothing.
        let known = self.hashes.iter().chain(in_file);
        let found = known.fold(Choice::from(0), |found, hash| found | hash.0.ct_eq(&sent));
        if found.into() {
            Access::Granted
        } else {
            Access::Wrong
        }
    }
}

fn in_file(path: &Path) -> Result<Vec<TokenHash>, TokensError> {
    let text = std::fs::read_to_string(path).map_err(|error| TokensError::Unreadable {
        path: path.into(),
        reason: error.to_string(),
    })?;
    let mut hashes = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let hash = line.split('#').next().unwrap_or_default().trim();
        if !hash.is_empty() {
            let wrong = |error| TokensError::Wrong {
                path: path.into(),
                line: number + 1,
                error,
            };
            hashes.push(hash.parse().map_err(wrong)?);
        }
    }
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_hash_is_written_and_read() {
        assert_eq!(TokenHash::of("abc").to_string(), ABC);
        assert_eq!(ABC.parse(), Ok(TokenHash::of("abc")));
        assert_eq!(ABC.to_uppercase().parse::<TokenHash>(), Err(NoHash));
        for wrong in [
            "",
            "sha256:",
            "bat_x",
            &ABC[7..],
            &ABC[..70],
            &format!("{ABC}0"),
        ] {
            assert_eq!(wrong.parse::<TokenHash>(), Err(NoHash), "{wrong}");
        }
    }

    #[test]
    fn new_tokens_are_long_and_never_the_same() {
        let tokens =
            [generate(), generate()].map(|token| token.expect("the system has randomness"));
        assert_ne!(tokens[0], tokens[1]);
        for token in tokens {
            assert_eq!(token.len(), 4 + 43, "{token}");
            assert!(token.starts_with(MARK), "{token}");
        }
    }

    #[test]
    fn the_gate_opens_for_every_token_and_no_other() {
        let open = Gate::new(&Tokens::default()).expect("nothing to read");
        assert_eq!(open.check(None), Access::Granted);
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("tokens");
        std::fs::write(&file, format!("# all\n\n  {}  # ci\n", TokenHash::of("b")))
            .expect("writes");
        let gate = Gate::new(&Tokens {
            hashes: vec![TokenHash::of("a"), TokenHash::of("c")],
            file: Some(file),
        });
        let gate = gate.expect("a file of tokens");
        for (token, wanted) in [
            (None, Access::Missing),
            (Some("a"), Access::Granted),
            (Some("b"), Access::Granted),
            (Some("c"), Access::Granted),
            (Some(""), Access::Wrong),
            (Some("d"), Access::Wrong),
            (Some(ABC), Access::Wrong),
        ] {
            assert_eq!(gate.check(token), wanted, "{token:?}");
        }
    }

    #[test]
    fn a_file_that_protects_nothing_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("tokens");
        let open = || {
            let hashes = Vec::new();
            let file = Some(file.clone());
            let gate = Gate::new(&Tokens { hashes, file });
            gate.expect_err("refused").to_string()
        };
        assert!(
            open().starts_with("cannot read the tokens in /"),
            "{}",
            open()
        );
        std::fs::write(&file, "# none yet\n").expect("writes");
        assert!(
            open().contains("holds no token: `baton token new`"),
            "{}",
            open()
        );
        std::fs::write(&file, format!("{ABC}\nbat_plain\n")).expect("writes");
        assert!(
            open().contains("line 2: this is no token's hash"),
            "{}",
            open()
        );
        assert!(!open().contains("bat_plain"), "{}", open());
    }
}
