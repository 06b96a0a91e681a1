//! A message as the broker sends it, from bytes: public only for those who try what bytes can do.
//!
//! The properties are read by lapin, and what they say by what reads a delivery or a returned message.

use super::topology::Names;
use super::{flight, inbox, parcel};
use baton_shared::port::Death;
use lapin::protocol::basic::parse_properties;

/// What was read.
#[derive(Debug)]
pub struct Message {
    /// What came behind the properties.
    pub body: Vec<u8>,
    /// The bodies that share it.
    pub bodies: Vec<Vec<u8>>,
    pub death: Option<Death>,
    /// Our number in its id.
    pub number: Option<u64>,
}

/// Reads properties in AMQP's form and the body behind them. None where lapin could not, and would end
/// the connection.
pub fn read(bytes: &[u8], prefix: &str) -> Option<Message> {
    let (body, properties) = parse_properties(bytes).ok()?;
    let names = Names {
        prefix: prefix.to_owned(),
    };
    let headers = properties.headers().as_ref();
    let id = properties.message_id().as_ref();
    Some(Message {
        body: body.to_vec(),
        bodies: parcel::unpack(headers, body.to_vec()),
        death: headers.and_then(|headers| inbox::death(headers, &names)),
        number: id.and_then(|id| flight::number_in(id.as_str())),
    })
}
