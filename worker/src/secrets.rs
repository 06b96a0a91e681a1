//! Secrets, resolved at the moment of the call and kept nowhere.

use std::fmt;
use std::path::PathBuf;

/// The value of a secret. Never printed: its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, to be put into a request and nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where secrets come from. Asked anew for every call, so that a rotated secret is used at once.
pub trait Secrets: Send + Sync + 'static {
    /// The secret of that name, or `None` when this machine has none.
    fn secret(&self, name: &str) -> Option<Secret>;
}

/// Secrets of this machine: the environment variable `BATON_SECRET_<NAME>`, else the file
/// `<folder>/<name>`, without the line break at its end.
#[derive(Clone, Debug, Default)]
pub struct MachineSecrets {
    pub folder: Option<PathBuf>,
}

/// The environment variable that holds the secret `name`: `stripe-key` is `BATON_SECRET_STRIPE_KEY`.
pub fn variable(name: &str) -> String {
    let plain = |c: char| {
        if matches!(c, '-' | '.' | '/') {
            '_'
        } else {
            c.to_ascii_uppercase()
        }
    };
    format!(
        "BATON_SECRET_{}",
        name.chars().map(plain).collect::<String>()
    )
}

/// Whether `name` may be a file name: nothing that leaves the folder.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

impl Secrets for MachineSecrets {
    fn secret(&self, name: &str) -> Option<Secret> {
        if let Ok(value) = std::env::var(variable(name)) {
            return Some(Secret(value));
        }
        let folder = self.folder.as_ref().filter(|_| is_plain(name))?;
        let text = std::fs::read_to_string(folder.join(name)).ok()?;
        Some(Secret(text.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_variables() {
        assert_eq!(variable("stripe-key"), "BATON_SECRET_STRIPE_KEY");
        assert_eq!(variable("shop/mail.token"), "BATON_SECRET_SHOP_MAIL_TOKEN");
    }

    #[test]
    fn a_file_is_read_anew_each_time_and_nothing_outside_its_folder() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = root.path().join("secrets");
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(root.path().join("outside"), "no").expect("writes");
        let secrets = MachineSecrets {
            folder: Some(folder.clone()),
        };
        assert_eq!(secrets.secret("token"), None);
        for value in ["first", "second"] {
            std::fs::write(folder.join("token"), format!("{value}\n")).expect("writes");
            assert_eq!(secrets.secret("token"), Some(Secret::new(value)));
        }
        assert_eq!(secrets.secret("../outside"), None);
        assert_eq!(secrets.secret("."), None);
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        assert!(!format!("{:?}", Secret::new("hunter2")).contains("hunter2"));
    }
}
