//! What a connection through the proxy has to bear.

use std::ops::Range;
use std::time::Duration;

/// Everything that can be wrong at once; nothing is by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// Bytes of either direction arrive so much later, in order.
    pub latency: Duration,
    /// And up to so much more, drawn for each chunk.
    pub jitter: Duration,
    /// From the client to the server.
    pub up: Flow,
    /// From the server to the client.
    pub down: Flow,
    /// Each connection is reset after so many bytes in both directions together, drawn from here
    /// when it begins or when the weather comes: mostly in the middle of a frame.
    pub cut: Option<Range<u64>>,
    pub door: Door,
}

/// How one direction flows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flow {
    #[default]
    Free,
    /// Nothing is read and nothing written: the sender's buffers fill. What waits arrives later.
    Stalled,
    /// The sender is listened to and nothing arrives: a connection that is open on one side only. It
    /// is reset once it should flow again.
    Dead,
    /// A few bytes at a time, about so many a second.
    Drip(u32),
}

/// What becomes of new connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Door {
    #[default]
    Open,
    /// Reset at once.
    Refuse,
    /// Accepted and never answered.
    Silent,
}

impl Weather {
    /// What kind of fault this is, for people.
    pub fn words(&self) -> &'static str {
        match *self {
            Self { cut: Some(_), .. } => "connections cut in the middle",
            Self {
                door: Door::Refuse, ..
            } => "connections refused",
            Self {
                up: Flow::Stalled, ..
            }
            | Self {
                down: Flow::Stalled,
                ..
            } => "lines stalled",
            Self { up: Flow::Dead, .. } => "lines on which words are lost",
            Self {
                down: Flow::Dead, ..
            } => "lines on which answers are lost",
            Self {
                up: Flow::Drip(_), ..
            }
            | Self {
                down: Flow::Drip(_),
                ..
            } => "lines that drip",
            Self {
                door: Door::Silent, ..
            } => "connections not answered",
            _ => "lines that are slow",
        }
    }

    pub fn slow(latency: Duration, jitter: Duration) -> Self {
        Self {
            latency,
            jitter,
            ..Self::default()
        }
    }

    /// Nothing moves, and nobody new is answered: a firewall that drops every packet.
    pub fn stalled() -> Self {
        Self {
            up: Flow::Stalled,
            down: Flow::Stalled,
            door: Door::Silent,
            ..Self::default()
        }
    }

    /// What the client sends is lost; what the server sends arrives.
    pub fn deaf() -> Self {
        Self {
            up: Flow::Dead,
            ..Self::default()
        }
    }

    /// What the client sends arrives; the answers are lost.
    pub fn mute() -> Self {
        Self {
            down: Flow::Dead,
            ..Self::default()
        }
    }

    pub fn cut(after: Range<u64>) -> Self {
        Self {
            cut: Some(after),
            ..Self::default()
        }
    }

    pub fn drip(bytes_a_second: u32) -> Self {
        Self {
            up: Flow::Drip(bytes_a_second),
            down: Flow::Drip(bytes_a_second),
            ..Self::default()
        }
    }

    /// Nobody new gets through; who is through stays.
    pub fn refusing() -> Self {
        Self {
            door: Door::Refuse,
            ..Self::default()
        }
    }
}
