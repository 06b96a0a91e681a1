//! TLS as a client: whom we trust, who we are, and what a failed handshake means in words.

use crate::failure::Failure;
use baton_orchestrator::pem;
use hyper_rustls::ConfigBuilderExt;
use rustls::{AlertDescription, CertificateError, ClientConfig};
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

/// The heading of what every verb takes.
const EVERYWHERE: &str = "With every command";

/// Files for `https://` addresses.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Trust {
    /// The authority to trust instead of the public ones (PEM)
    #[arg(
        long,
        global = true,
        help_heading = EVERYWHERE,
        env = "BATON_CA",
        value_name = "FILE"
    )]
    pub ca: Option<PathBuf>,
    /// Our certificate, where the API asks for one (PEM)
    #[arg(
        long,
        global = true,
        help_heading = EVERYWHERE,
        env = "BATON_CERT",
        value_name = "FILE"
    )]
    pub cert: Option<PathBuf>,
    /// The key of our certificate (PEM)
    #[arg(
        long,
        global = true,
        help_heading = EVERYWHERE,
        env = "BATON_KEY",
        value_name = "FILE"
    )]
    pub key: Option<PathBuf>,
}

impl Trust {
    /// Reads the files. One that is wrong is a wrong call.
    pub fn config(&self) -> Result<ClientConfig, Failure> {
        let wrong = |error: &dyn Error| Failure::WrongCall(error.to_string());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::System(format!("cannot set up TLS: {error}")))?;
        let builder = match &self.ca {
            Some(ca) => {
                builder.with_root_certificates(pem::authorities(ca).map_err(|e| wrong(&e))?)
            }
            None => builder.with_webpki_roots(),
        };
        match (&self.cert, &self.key) {
            (None, None) => Ok(builder.with_no_client_auth()),
            (Some(cert), Some(key)) => {
                let chain = pem::certificates(cert).map_err(|error| wrong(&error))?;
                let secret = pem::key(key).map_err(|error| wrong(&error))?;
                builder
                    .with_client_auth_cert(chain, secret)
                    .map_err(|error| {
                        let (cert, key) = (cert.display(), key.display());
                        Failure::WrongCall(format!("{cert} and {key} cannot be used: {error}"))
                    })
            }
            _ => Err(Failure::WrongCall(
                "--cert and --key belong together: one of them is missing".to_owned(),
            )),
        }
    }
}

/// What was wrong with TLS, as a part of a sentence; `None` where something else was.
pub fn fault(error: &(dyn Error + 'static)) -> Option<String> {
    let told = match rustls_error(error)? {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "its certificate is from an authority that is not trusted here; name the right one \
                 with --ca FILE"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "its certificate is for another name; write the address as the certificate has it"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet; is the clock right?"
            }
            other => return Some(format!("its certificate is not accepted: {other:?}")),
        },
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "it asks who we are; give a certificate with --cert FILE and --key FILE"
        }
        rustls::Error::AlertReceived(
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::DecryptError
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired,
        ) => "it does not accept our certificate (--cert)",
        rustls::Error::InvalidMessage(_) => "it does not speak TLS; try http://",
        other => return Some(format!("TLS failed: {other}")),
    };
    Some(told.to_owned())
}

/// The TLS error beneath. I/O errors hide what they carry from `source`.
fn rustls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut error = error;
    loop {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let io = error.downcast_ref::<std::io::Error>();
        let carried = io.and_then(std::io::Error::get_ref);
        error = match carried {
            Some(carried) => carried,
            None => error.source()?,
        };
    }
}
