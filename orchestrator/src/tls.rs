//! TLS for the API: certificates from files, and a listener whose handshakes keep nobody waiting.
//!
//! ```text
//!   accept ─► handshake ┐
//!   accept ─► handshake ├─► whichever is done first ─► axum
//!   accept ─► handshake ┘   (so many at once, so long each)
//! ```

use crate::fresh::Fresh;
use crate::pem::{self, PemError};
use axum::serve::Listener;
use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Handshakes under way at once; further connections wait in the system's queue.
const HANDSHAKES: usize = 1024;
/// How long one may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Where the PEM files are. Read again while we run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificates {
    /// Our certificate chain, our own first.
    pub cert: PathBuf,
    /// The key of `cert`.
    pub key: PathBuf,
    /// The authorities whose certificates clients must have; without, clients need none.
    pub client_ca: Option<PathBuf>,
}

/// Why there can be no TLS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    #[error("TLS of the API: {0}")]
    Pem(#[from] PemError),
    #[error("TLS of the API: the key in {key} does not belong to the certificate in {cert}")]
    Mismatch { cert: PathBuf, key: PathBuf },
    #[error("TLS of the API: {path} cannot be used: {reason}")]
    Unusable { path: PathBuf, reason: String },
}

impl Certificates {
    /// Reads the files and tries whether they fit each other.
    pub fn load(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let unusable = |path: &PathBuf, reason: String| TlsError::Unusable {
            path: path.clone(),
            reason,
        };
        let (chain, key) = (pem::certificates(&self.cert)?, pem::key(&self.key)?);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .expect("the provider knows TLS 1.2 and 1.3");
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let roots = Arc::new(pem::authorities(path)?);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
                let verifier = verifier.build();
                let verifier = verifier.map_err(|error| unusable(path, error.to_string()))?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let config = builder.with_single_cert(chain, key);
        let mut config = config.map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => TlsError::Mismatch {
                cert: self.cert.clone(),
                key: self.key.clone(),
            },
            rustls::Error::General(reason) => unusable(&self.key, reason),
            error => unusable(&self.cert, error.to_string()),
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// A listener that gives only connections whose handshake is done.
#[derive(Debug)]
pub struct TlsListener {
    tcp: TcpListener,
    config: Fresh<Arc<ServerConfig>>,
    shaking: JoinSet<Option<Secured>>,
}

type Secured = (TlsStream<TcpStream>, SocketAddr);

impl TlsListener {
    pub fn new(tcp: TcpListener, certificates: Certificates) -> Result<Self, TlsError> {
        Ok(Self {
            tcp,
            config: Fresh::new(move || certificates.load())?,
            shaking: JoinSet::new(),
        })
    }

    fn begin(&mut self, stream: TcpStream, from: SocketAddr) {
        let config = Arc::clone(&*self.config.value());
        self.shaking.spawn(async move {
            // Answers are small and awaited: they must not wait for more to send.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its delay");
            }
            let handshake = TlsAcceptor::from(config).accept(stream);
            match tokio::time::timeout(HANDSHAKE, handshake).await {
                Ok(Ok(secured)) => return Some((secured, from)),
                // Not worth a warning: everybody who can connect can cause it.
                Ok(Err(error)) => tracing::debug!(%from, %error, "no TLS handshake"),
                Err(_) => tracing::debug!(%from, "no TLS handshake in time"),
            }
            None
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Secured {
        loop {
            let (room, any) = (self.shaking.len() < HANDSHAKES, !self.shaking.is_empty());
            tokio::select! {
                Some(done) = self.shaking.join_next(), if any => {
                    if let Ok(Some(secured)) = done {
                        return secured;
                    }
                }
                (stream, from) = Listener::accept(&mut self.tcp), if room => {
                    self.begin(stream, from);
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
