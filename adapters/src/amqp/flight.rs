//! One message on its way: its properties, its sending, its confirm.

use super::parcel::Parcel;
use super::topology::Names;
use baton_shared::port::Lane;
use lapin::message::BasicReturnMessage;
use lapin::options::BasicPublishOptions;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{BasicProperties, Channel, Confirmation};

/// Stands between a message's id and our number for it in the property `message-id`, so that a returned
/// one can be recognised. As a header it would be one more entry that everybody decodes.
const NUMBER: char = '#';

/// A message whose sending ended, one way or the other.
pub(super) struct Landed {
    pub(super) number: u64,
    pub(super) outcome: lapin::Result<Confirmation>,
}

/// Sends a message and waits for its confirm.
pub(super) async fn fly(channel: &Channel, names: &Names, number: u64, parcel: Parcel) -> Landed {
    let message = &parcel.message;
    // What has no name here has no room of its own in each of hundreds of these.
    let sent = channel
        .basic_publish(
            names.exchange(&message.to).into(),
            Names::key(&message.to).into(),
            BasicPublishOptions {
                mandatory: true,
                immediate: false,
            },
            &message.body,
            properties(&parcel, number),
        )
        .await;
    let outcome = match sent {
        Ok(confirm) => confirm.await,
        Err(error) => Err(error),
    };
    Landed { number, outcome }
}

fn properties(parcel: &Parcel, number: u64) -> BasicProperties {
    let message = &parcel.message;
    let kind = match message.to {
        Lane::Jobs(_) => "baton.job",
        Lane::Outcomes(_) => "baton.outcome",
        Lane::Dead => "baton.dead",
    };
    let mut headers = FieldTable::default();
    parcel.label(&mut headers);
    if let Some(trace) = &message.traceparent {
        headers.insert(
            "traceparent".into(),
            AMQPValue::LongString(LongString::from(trace.as_str())),
        );
    }
    BasicProperties::default()
        .with_delivery_mode(2)
        .with_content_type("application/json".into())
        .with_type(kind.into())
        .with_message_id(marked(&message.id, number))
        .with_headers(headers)
}

/// The id with our number. An id too long for the property is for people only, and left out.
fn marked(id: &str, number: u64) -> ShortString {
    ShortString::try_new(format!("{id}{NUMBER}{number}"))
        .unwrap_or_else(|_| format!("{NUMBER}{number}").into())
}

pub(super) fn number_of(returned: &BasicReturnMessage) -> Option<u64> {
    let id = returned.properties.message_id().as_ref()?;
    number_in(id.as_str())
}

pub(super) fn number_in(id: &str) -> Option<u64> {
    id.rsplit_once(NUMBER)?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_by_its_number_whatever_its_id() {
        let long = "x".repeat(250);
        for id in ["", "a:1", "a#7", &long] {
            for number in [1, 12_345, u64::MAX] {
                let marked = marked(id, number);
                assert_eq!(number_in(marked.as_str()), Some(number), "{id}");
            }
        }
        assert_eq!(marked("a:1", 9).as_str(), "a:1#9");
        assert_eq!(marked(&long, 123_456).as_str(), "#123456");
        assert_eq!(number_in("nobody's"), None);
    }
}
