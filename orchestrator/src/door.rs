//! The API's door: a socket, guarded as its settings say, or not opened at all.

use crate::exposure::{Exposed, Exposure};
use crate::serving::{self, Bounds};
use crate::tls::{Certificates, TlsError, TlsListener};
use crate::tokens::{Gate, Tokens, TokensError};
use axum::Router;
use axum::serve::ListenerExt;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;

/// What stands between the API and whoever reaches its port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protection {
    pub tls: Option<Certificates>,
    pub tokens: Tokens,
    /// `api.insecure`: listen beyond loopback also without TLS or without a token.
    pub insecure: bool,
}

/// Why the door stays closed.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    #[error(transparent)]
    Exposed(#[from] Exposed),
    #[error(transparent)]
    Tokens(#[from] TokensError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("the API cannot listen: {0}")]
    Listen(#[from] io::Error),
}

/// A listener that is protected enough for where it listens.
#[derive(Debug)]
pub struct Door {
    listener: Guarded,
    pub gate: Arc<Gate>,
    pub exposure: Exposure,
}

#[derive(Debug)]
enum Guarded {
    Plain(TcpListener),
    Tls(TlsListener),
}

impl Door {
    /// Reads certificates and tokens; refuses what would let in everybody.
    pub fn open(listener: TcpListener, protection: &Protection) -> Result<Self, DoorError> {
        let gate = Arc::new(Gate::new(&protection.tokens)?);
        let exposure = Exposure {
            listen: listener.local_addr()?,
            tls: protection.tls.is_some(),
            token: gate.closed(),
            insecure: protection.insecure,
        };
        exposure.check()?;
        let listener = match protection.tls.clone() {
            None => Guarded::Plain(listener),
            Some(certificates) => Guarded::Tls(TlsListener::new(listener, certificates)?),
        };
        Ok(Self {
            listener,
            gate,
            exposure,
        })
    }

    /// Serves until `shutdown` resolves and open requests are answered. The gate is the router's
    /// matter.
    pub async fn serve(self, router: Router, shutdown: impl Future<Output = ()>) {
        let bounds = Bounds::default();
        match self.listener {
            Guarded::Tls(listener) => serving::serve(listener, router, bounds, shutdown).await,
            Guarded::Plain(listener) => {
                let listener = listener.tap_io(|stream| {
                    // Answers are small and awaited: they must not wait for more to send.
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "a connection keeps its delay");
                    }
                });
                serving::serve(listener, router, bounds, shutdown).await;
            }
        }
    }
}
