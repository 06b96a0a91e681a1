//! Spoils an input a little, as transmission, editors and attackers do.

use crate::luck::Luck;

/// What numbers, texts and lengths break on.
const NASTY: [&str; 24] = [
    "9007199254740993",
    "1e400",
    "-0",
    "-1",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "0.1",
    "\0",
    "\\ud800",
    "\u{feff}",
    "e\u{301}",
    "\u{e9}",
    "\u{202e}",
    "\r\n",
    "\n\n",
    "{}",
    "[]",
    "null",
    "\"\"",
    "${ . }",
    "/.*#:{}",
    "../",
    "%2e%00",
    "\u{1f600}",
];

/// `input` with one to four changes; `other` is a second input to borrow from, `words` are pieces that
/// mean something to the target.
pub fn mutated(input: &[u8], other: &[u8], words: &[&str], luck: &mut Luck) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=luck.below(4) {
        change(&mut bytes, other, words, luck);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, other: &[u8], words: &[&str], luck: &mut Luck) {
    let at = luck.below(bytes.len() + 1);
    let most = [2, 8, 32, 200][luck.below(4)];
    let length = luck.below(most).min(bytes.len() - at);
    match luck.below(10) {
        0 => flip(bytes, at, luck),
        1 => {
            bytes.truncate(at);
        }
        2 => {
            bytes.drain(at..at + length);
        }
        3 => {
            let again = bytes[at..at + length].to_vec();
            let to = luck.below(bytes.len() + 1);
            bytes.splice(to..to, again);
        }
        4 => {
            let from = luck.below(other.len() + 1);
            let end = (from + length.max(8)).min(other.len());
            bytes.splice(at..at + length, other[from..end].iter().copied());
        }
        5 | 6 => insert(bytes, at, NASTY[luck.below(NASTY.len())]),
        7 | 8 if !words.is_empty() => insert(bytes, at, words[luck.below(words.len())]),
        _ => {
            let value = luck.number().to_le_bytes()[0];
            bytes[at..at + length.min(4)].fill(value);
        }
    }
}

fn flip(bytes: &mut [u8], at: usize, luck: &mut Luck) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << luck.below(8);
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, word: &str) {
    bytes.splice(at..at, word.bytes());
}
