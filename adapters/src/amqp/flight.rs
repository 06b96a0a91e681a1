//! One message on its way: its properties, its sending, its confirm.

use super::parcel::Parcel;
use super::topology::Names;
use baton_shared::port::Lane;
use lapin::message::BasicReturnMessage;
use lapin::options::BasicPublishOptions;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{BasicProperties, Channel, Confirmation};

/// Carries our number for a message, so that a returned one can be recognised.
const NUMBER: &str = "baton-number";

/// A message whose sending ended, one way or the other.
pub(super) struct Landed {
    pub(super) number: u64,
    pub(super) outcome: lapin::Result<Confirmation>,
}

/// Sends a message and waits for its confirm.
pub(super) async fn fly(channel: &Channel, names: &Names, number: u64, parcel: Parcel) -> Landed {
    let message = &parcel.message;
    let exchange = names.exchange(&message.to).into();
    let key = Names::key(&message.to).into();
    let options = BasicPublishOptions {
        mandatory: true,
        immediate: false,
    };
    let properties = properties(&parcel, number);
    let outcome = async {
        channel
            .basic_publish(exchange, key, options, &message.body, properties)
            .await?
            .await
    };
    Landed {
        number,
        outcome: outcome.await,
    }
}

fn properties(parcel: &Parcel, number: u64) -> BasicProperties {
    let message = &parcel.message;
    let kind = match message.to {
        Lane::Jobs(_) => "baton.job",
        Lane::Outcomes(_) => "baton.outcome",
        Lane::Dead => "baton.dead",
    };
    let mut headers = FieldTable::default();
    headers.insert(NUMBER.into(), AMQPValue::LongLongInt(number.cast_signed()));
    parcel.label(&mut headers);
    if let Some(trace) = &message.traceparent {
        headers.insert(
            "traceparent".into(),
            AMQPValue::LongString(LongString::from(trace.as_str())),
        );
    }
    let properties = BasicProperties::default()
        .with_delivery_mode(2)
        .with_content_type("application/json".into())
        .with_type(kind.into())
        .with_headers(headers);
    // An id too long for the property is for people only, and left out.
    match ShortString::try_new(message.id.as_str()) {
        Ok(id) => properties.with_message_id(id),
        Err(_) => properties,
    }
}

pub(super) fn number_of(returned: &BasicReturnMessage) -> Option<u64> {
    let headers = returned.properties.headers().as_ref()?;
    match headers.inner().get(NUMBER)? {
        AMQPValue::LongLongInt(number) => Some(number.cast_unsigned()),
        _ => None,
    }
}
