//! One Baton with an authority, certificates and tokens of its own, and people who type.

use baton_orchestrator::tokens::{TokenHash, generate};
use baton_tests::world::{Program, Said, free_port, run, until};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const SOON: Duration = Duration::from_secs(60);

/// An authority that signs certificates for 127.0.0.1.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate.
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let pem = params.self_signed(&key).expect("signed").pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// Certificate and key.
    pub(crate) fn signs(&self) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        (certificate.pem(), key.serialize_pem())
    }
}

/// A folder for PEM files, tokens and the log; one Baton that uses them.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) api: String,
    pub(crate) token: String,
    pub(crate) baton: Option<Program>,
}

impl World {
    /// `ca.pem`, `cert.pem`, `key.pem` of one authority; a token in the file `tokens`.
    pub(crate) fn new() -> Self {
        let world = Self {
            folder: tempfile::tempdir().expect("a folder"),
            api: format!("https://127.0.0.1:{}", free_port()),
            token: generate().expect("randomness"),
            baton: None,
        };
        world.certify(&Authority::new("ours"));
        world.write(
            "tokens",
            &format!("{}  # test", TokenHash::of(&world.token)),
        );
        world
    }

    pub(crate) fn certify(&self, authority: &Authority) {
        let (cert, key) = authority.signs();
        // The key first: a pair that does not fit is not taken over.
        for (name, text) in [
            ("key.pem", &key),
            ("cert.pem", &cert),
            ("ca.pem", &authority.pem),
        ] {
            self.write(name, text);
        }
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("writes");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    pub(crate) fn tls(&self) -> Vec<(&'static str, String)> {
        vec![
            ("BATON__API__TLS__CERT", self.file("cert.pem")),
            ("BATON__API__TLS__KEY", self.file("key.pem")),
        ]
    }

    pub(crate) fn tokens(&self) -> Vec<(&'static str, String)> {
        vec![("BATON__API__TOKEN_FILE", self.file("tokens"))]
    }

    pub(crate) fn dev(&self, listen: &str) -> Vec<String> {
        let words = ["dev", "--listen", listen, "--data"].map(str::to_owned);
        [&words[..], &[self.file("data")]].concat()
    }

    /// Starts `baton dev` with these settings on its port of this host, telling all it does.
    pub(crate) fn start(mut self, settings: &[Vec<(&'static str, String)>], host: &str) -> Self {
        let mut settings = settings.concat();
        settings.push(("BATON__LOG__LEVEL", "trace".to_owned()));
        let port = self.api.rsplit(':').next().expect("a port");
        let words = self.dev(&format!("{host}:{port}"));
        let log = self.path("log");
        self.baton = Some(Program::logged("baton", &words, &settings, &log));
        self
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).expect("a log")
    }

    /// Types words; the token is sent, and `ca.pem` trusted.
    pub(crate) async fn say(&self, words: &[&str]) -> Said {
        let token = self.token.clone();
        self.say_with(
            words,
            &[("BATON_TOKEN", token), ("BATON_CA", self.file("ca.pem"))],
        )
        .await
    }

    pub(crate) async fn say_with(&self, words: &[&str], env: &[(&'static str, String)]) -> Said {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        let mut env = env.to_vec();
        env.push(("BATON_API", self.api.clone()));
        tokio::task::spawn_blocking(move || run("baton", &words, &env))
            .await
            .expect("it ran")
    }

    /// Waits until the words are answered with this exit code.
    pub(crate) async fn answers(&self, words: &[&str], exit: i32) -> Said {
        let asked = async || Some(self.say(words).await).filter(|said| said.exit == exit);
        until(&format!("{words:?} ends with {exit}"), SOON, asked).await
    }
}

pub(crate) fn assert_says(said: &Said, exit: i32, sentence: &str) {
    assert!(
        said.exit == exit && said.err.contains(sentence),
        "{sentence}\n{said:?}"
    );
}
