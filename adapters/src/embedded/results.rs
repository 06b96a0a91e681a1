//! Results of attempts, in memory: the latest of them, within bounds.

use std::collections::{HashMap, VecDeque};

const COUNT_MAX: usize = 100_000;
const BYTES_MAX: usize = 64 * 1024 * 1024;

#[derive(Debug, Default)]
pub(super) struct Results {
    values: HashMap<String, (u64, Vec<u8>)>,
    /// In the order they came, with the number each came under: a key that was removed, or came
    /// again, is recognised by it.
    order: VecDeque<(u64, String)>,
    bytes: usize,
    came: u64,
}

impl Results {
    pub(super) fn value(&self, key: &str) -> Option<Vec<u8>> {
        self.values.get(key).map(|(_, value)| value.clone())
    }

    pub(super) fn put_new(&mut self, key: &str, value: Vec<u8>) -> Option<Vec<u8>> {
        if let Some(had) = self.value(key) {
            return Some(had);
        }
        self.came += 1;
        self.bytes += value.len();
        self.values.insert(key.to_owned(), (self.came, value));
        self.order.push_back((self.came, key.to_owned()));
        // The newest stays, however large.
        while self.order.len() > 1 && (self.bytes > BYTES_MAX || self.order.len() > COUNT_MAX) {
            self.drop_oldest();
        }
        None
    }

    pub(super) fn remove(&mut self, key: &str) {
        if let Some((_, value)) = self.values.remove(key) {
            self.bytes -= value.len();
        }
    }

    fn drop_oldest(&mut self) {
        let Some((came, key)) = self.order.pop_front() else {
            return;
        };
        if self
            .values
            .get(&key)
            .is_some_and(|(number, _)| *number == came)
        {
            self.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_stay_within_bounds() {
        let mut results = Results::default();
        for nth in 0..100 {
            results.put_new(&format!("k{nth}"), vec![nth; 1024 * 1024]);
        }
        assert_eq!(results.value("k0"), None, "the oldest made room");
        assert!(results.value("k99").is_some(), "the newest is there");
        assert!(results.bytes <= BYTES_MAX);
        for nth in 0..COUNT_MAX + 10 {
            results.put_new(&format!("n{nth}"), vec![]);
            if nth % 2 == 0 {
                results.remove(&format!("n{nth}"));
            }
        }
        assert!(results.values.len() <= COUNT_MAX && results.order.len() <= COUNT_MAX);
        assert_eq!(results.bytes, 0, "the account is right");
    }
}
