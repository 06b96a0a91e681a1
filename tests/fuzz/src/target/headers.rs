//! What a message of RabbitMQ says beside its body. Whatever that is, the parts put together are the
//! body; and what was written is read: lengths that make up the body, why it died and where, our number.
//!
//! The bytes are taken for properties in AMQP's form with a body behind them; and then for what a
//! message is made of that a broker would send.

use super::{Target, text};
use baton_adapters::amqp::wire::{Message, read};
use baton_shared::id::stable_hash;

pub(super) const TARGET: Target = Target {
    name: "headers",
    run,
    seeds,
    words: &[
        "\u{b}baton-parts",
        "\u{7}x-death",
        "\u{6}reason",
        "\u{5}queue",
        "baton.",
        "#1",
        "#18446744073709551616",
        "A\0\0\0",
        "F\0\0\0",
        "S\0\0\0\u{1}",
        "l\0\0\0\0\0\0\0\u{1}",
        "I\0\0\0\u{1}",
        "V",
    ],
};

const PREFIX: &str = "baton";
/// Parts that a message may have.
const MOST: usize = 64;
/// Flags of the properties: which of them follow.
const HEADERS: u16 = 1 << 13;
const ID: u16 = 1 << 7;

fn seeds() -> Vec<Vec<u8>> {
    let deep = (0..32).fold(vec![b'V'], |inner, _| sized(b'A', &inner));
    vec![
        message(&parts(&[0; 14_000]), "a#1", b""),
        message(&parts(&[1; 65]), "a#1", &[b'x'; 65]),
        message(&parts(&[1_000; 64]), "a#1", &[b'x'; 64_000]),
        message(&entry("baton-parts", &deep), "a#1", b"abc"),
    ]
}

fn run(bytes: &[u8]) {
    if let Some(message) = read(bytes, PREFIX) {
        whole(&message, bytes);
    }
    if let Some((first, rest)) = bytes.split_first() {
        told(*first, rest);
    }
}

/// Nothing is lost, nothing added, and no text is much longer than what it was read from.
fn whole(message: &Message, bytes: &[u8]) {
    assert!(bytes.ends_with(&message.body));
    assert_eq!(message.bodies.concat(), message.body);
    assert!((1..=MOST).contains(&message.bodies.len()));
    if let Some(death) = &message.death {
        // A byte that is no text becomes a sign of three.
        let length = death.reason.len() + death.from.len();
        assert!(length <= 3 * bytes.len(), "{death:?}");
    }
}

/// Writes a message and reads it. `first` says how many parts it has, and by its highest bit that their
/// lengths stay as they are; `rest` begins with a byte for each length.
fn told(first: u8, rest: &[u8]) {
    let (lengths, body) = rest.split_at(usize::from(first % 128).min(rest.len()));
    let lengths = lengths.iter().map(|byte| i64::from(byte.cast_signed()));
    let mut lengths: Vec<i64> = lengths.collect();
    let size = i64::try_from(body.len()).expect("short");
    if first < 128 {
        fit(&mut lengths, size);
    }
    let said = text(rest);
    let number = stable_hash(rest);
    let id = format!("{}#{number}", &said[..said.floor_char_boundary(200)]);
    let mut headers = parts(&lengths);
    headers.extend(death(rest, body));
    let bytes = message(&headers, &id, body);
    let message = read(&bytes, PREFIX).expect("AMQP's form");
    whole(&message, &bytes);
    let fits = (1..=MOST).contains(&lengths.len())
        && lengths.iter().all(|length| *length >= 0)
        && lengths.iter().sum::<i64>() == size;
    let found = message.bodies.iter().map(|body| body.len() as i64);
    let expected = if fits { lengths } else { vec![size] };
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert_eq!(message.number, Some(number), "{id}");
    let death = message.death.expect("it was told");
    assert_eq!((&*death.reason, &*death.from), (&*said, &*text(body)));
}

/// Makes them add up to the size, which is more likely to be so in life.
fn fit(lengths: &mut [i64], size: i64) {
    let Some((last, before)) = lengths.split_last_mut() else {
        return;
    };
    let mut left = size;
    for length in before {
        *length = (*length).clamp(0, left);
        left -= *length;
    }
    *last = left;
}

/// Properties as the standard has them, written anew here, and the body behind them.
fn message(headers: &[u8], id: &str, body: &[u8]) -> Vec<u8> {
    let mut message = (HEADERS | ID).to_be_bytes().to_vec();
    message.extend(long(headers));
    message.extend(short(id));
    message.extend(body);
    message
}

fn parts(lengths: &[i64]) -> Vec<u8> {
    let mut array = Vec::new();
    for length in lengths {
        array.push(b'l');
        array.extend(length.to_be_bytes());
    }
    entry("baton-parts", &sized(b'A', &array))
}

fn death(reason: &[u8], lane: &[u8]) -> Vec<u8> {
    let queue = [b"baton.".as_slice(), lane].concat();
    let mut newest = entry("reason", &sized(b'S', reason));
    newest.extend(entry("queue", &sized(b'S', &queue)));
    entry("x-death", &sized(b'A', &sized(b'F', &newest)))
}

/// An entry of a table.
fn entry(name: &str, value: &[u8]) -> Vec<u8> {
    let mut entry = short(name);
    entry.extend(value);
    entry
}

/// A text, an array or a table as a value.
fn sized(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut value = vec![kind];
    value.extend(long(bytes));
    value
}

fn long(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("short");
    let mut long = length.to_be_bytes().to_vec();
    long.extend(bytes);
    long
}

fn short(text: &str) -> Vec<u8> {
    let mut short = vec![u8::try_from(text.len()).expect("short")];
    short.extend(text.as_bytes());
    short
}
