//! What happened, in order: always as a hash, and as lines when somebody wants to read them.

use std::fmt::{self, Write as _};

#[derive(Debug)]
pub struct Trace {
    hash: u64,
    lines: Option<String>,
}

impl Trace {
    pub fn new(told: bool) -> Self {
        Self {
            hash: 0xcbf2_9ce4_8422_2325,
            lines: told.then(String::new),
        }
    }

    pub fn mix(&mut self, number: u64) {
        self.hash = (self.hash ^ number).wrapping_mul(0x0000_0100_0000_01b3);
        self.hash ^= self.hash >> 29;
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
        self.mix(bytes.len() as u64);
    }

    /// One line, made only when somebody reads it.
    pub fn tell(&mut self, now: u64, line: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            let (s, ms) = (now / 1000, now % 1000);
            writeln!(lines, "{s:>6}.{ms:03}  {}", line()).expect("a string takes all");
        }
    }

    pub fn is_told(&self) -> bool {
        self.lines.is_some()
    }

    pub fn hash(&self) -> u64 {
        self.hash
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.lines.as_deref().unwrap_or_default())
    }
}
