//! The broker's address, and one attempt to connect to it.

use super::{CONNECT, Settings};
use crate::tls::Tls;
use baton_shared::port::QueueError;
use lapin::tcp::{OwnedIdentity, OwnedTLSConfig};
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{Connection, ConnectionProperties, ErrorKind};
use std::time::Duration;

/// Seconds; a silent peer is noticed after two.
const HEARTBEAT: u16 = 10;

/// A checked URL.
pub(super) struct Address {
    uri: AMQPUri,
    tls: Option<Tls>,
    /// The URL without its password.
    shown: String,
}

impl Address {
    pub(super) fn parse(settings: &Settings) -> Result<Self, QueueError> {
        // The text is not repeated: it may hold a password at a place nobody expects.
        let mut uri: AMQPUri = settings.url.parse().map_err(|reason: String| {
            QueueError::Unavailable(format!(
                "the RabbitMQ URL cannot be read ({reason}); it looks like amqp://user:password@host:5672/%2f"
            ))
        })?;
        uri.query.heartbeat = uri.query.heartbeat.filter(|s| *s > 0).or(Some(HEARTBEAT));
        let scheme = match uri.scheme {
            AMQPScheme::AMQP => "amqp",
            AMQPScheme::AMQPS => "amqps",
        };
        let vhost = uri.vhost.replace('/', "%2f");
        let at = &uri.authority;
        let shown = format!(
            "{scheme}://{}@{}:{}/{vhost}",
            at.userinfo.username, at.host, at.port
        );
        Ok(Self {
            uri,
            tls: settings.tls.clone(),
            shown,
        })
    }

    /// A reason with the place it is about.
    pub(super) fn say(&self, reason: &str) -> String {
        format!("RabbitMQ at {}: {reason}", self.shown)
    }

    /// Connects, for at most [`CONNECT`]. `role` names the connection in the broker's own lists.
    pub(super) async fn connect(&self, role: &str) -> Result<Connection, QueueError> {
        let failed = |reason: String| QueueError::Unavailable(self.say(&reason));
        let tls = self.tls().map_err(failed)?;
        let name = format!("baton {role} {}", std::process::id());
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let runtime = lapin::runtime::default_runtime().map_err(|e| failed(e.to_string()))?;
        let attempt =
            Connection::connect_uri_with_config(self.uri.clone(), properties, tls, runtime);
        match tokio::time::timeout(CONNECT, attempt).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(failed(reason(&error))),
            Err(_) => Err(failed(no_answer(CONNECT))),
        }
    }

    fn tls(&self) -> Result<OwnedTLSConfig, String> {
        let Some(tls) = &self.tls else {
            return Ok(OwnedTLSConfig::default());
        };
        let pem = tls.read().map_err(|error| error.to_string())?;
        let cert_chain = pem
            .ca
            .map(|ca| String::from_utf8(ca).map_err(|_| "tls.ca is no PEM file".to_owned()))
            .transpose()?;
        let identity = pem
            .identity
            .map(|(pem, key)| OwnedIdentity::PKCS8 { pem, key });
        Ok(OwnedTLSConfig {
            identity,
            cert_chain,
        })
    }
}

/// What went wrong, as a person says it.
pub(super) fn reason(error: &lapin::Error) -> String {
    match error.kind() {
        ErrorKind::ProtocolError(refusal) if refusal.get_id() == 403 => {
            format!("access refused: {}", refusal.get_message())
        }
        ErrorKind::IOError(io) => match io.kind() {
            std::io::ErrorKind::ConnectionRefused => "nobody listens there".to_owned(),
            // What a broker does that has no vote for our mechanism of login.
            std::io::ErrorKind::ConnectionAborted => {
                format!("it closed the connection, perhaps refusing the login: {io}")
            }
            _ => io.to_string(),
        },
        _ => error.to_string(),
    }
}

pub(super) fn no_answer(within: Duration) -> String {
    format!("no answer within {} s", within.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_never_shown() {
        let url = "amqp://app:s3cret@rabbit:5673/shop".to_owned();
        let address = Address::parse(&Settings {
            url,
            ..Settings::default()
        })
        .expect("a URL");
        assert_eq!(
            address.say("no"),
            "RabbitMQ at amqp://app@rabbit:5673/shop: no"
        );
        for url in [
            "http://app:s3cret@rabbit",
            "amqp://app:s3cret@rabbit:port/",
            "s3cret",
        ] {
            let settings = Settings {
                url: url.to_owned(),
                ..Settings::default()
            };
            let said = Address::parse(&settings)
                .err()
                .map(|error| error.to_string());
            assert!(
                said.as_ref().is_some_and(|said| !said.contains("s3cret")),
                "{said:?}"
            );
        }
    }

    #[test]
    fn a_heartbeat_is_always_asked_for() {
        for (query, beat) in [("", 10), ("?heartbeat=0", 10), ("?heartbeat=30", 30)] {
            let url = format!("amqp://host/%2f{query}");
            let address = Address::parse(&Settings {
                url,
                ..Settings::default()
            })
            .expect("a URL");
            assert_eq!(address.uri.query.heartbeat, Some(beat), "{query}");
        }
    }
}
