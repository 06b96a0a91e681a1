//! **A secret is where it is used, and nowhere else (I19, S9).** Each call of a service that asks for
//! credentials carries them and no other call does; and they are in no journal, no message, no record, no
//! answer to people, no line of a log and no span.
//!
//! Binds: services that do not repeat what they were sent. The log and the spans are read in some of the
//! seeds.

use super::{End, Judgement, Law, never};
use crate::books::Books;
use crate::canary;
use crate::hands::Begins;

pub struct SecretsStay;

impl Law for SecretsStay {
    fn name(&self) -> &'static str {
        "secrets_stay"
    }

    fn begins(&self, _: &Books, begins: &Begins<'_>) -> Judgement {
        let (service, key) = (&begins.call.service, &begins.call.key);
        let demanded = canary::demanded(service);
        never(begins.credentials != demanded.as_deref(), || {
            let brings = if begins.credentials.is_some() { "other" } else { "no" };
            format!("a call of {service} under {key} brings {brings} credentials")
        })
    }

    fn end(&self, books: &Books, _: &End<'_>) -> Judgement {
        let leak = books.heard.as_ref().and_then(|heard| heard.leak.as_ref());
        never(leak.is_some(), || format!("the log has a secret: {leak:?}"))
    }
}

/// Where bytes are kept, sent or shown.
pub(crate) fn seen(place: &str, bytes: &[u8]) -> Judgement {
    never(canary::sings(bytes), || format!("a secret is in {place}"))
}
