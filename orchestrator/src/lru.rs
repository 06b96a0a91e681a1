//! A bounded map that forgets what was not used for longest.
//!
//! Two generations instead of a list: what is used moves to the young one; when that is full, the
//! old one is dropped whole. It keeps between half and all of `limit`, in constant time, without
//! unsafe code or a dependency.

use std::collections::HashMap;
use std::hash::Hash;

#[derive(Debug)]
pub(crate) struct Lru<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    half: usize,
}

impl<K: Hash + Eq, V> Lru<K, V> {
    /// At most `limit` values, and at least two.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            half: (limit / 2).max(1),
        }
    }

    /// Takes the value out.
    pub(crate) fn take(&mut self, key: &K) -> Option<V> {
        self.young.remove(key).or_else(|| self.old.remove(key))
    }

    /// The value where it is, without using it.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.young.get_mut(key).or_else(|| self.old.get_mut(key))
    }

    /// Looks at the value without using it.
    #[cfg(test)]
    pub(crate) fn peek(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    pub(crate) fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.half {
            self.old = std::mem::take(&mut self.young);
        }
        self.old.remove(&key);
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_bounded_and_keeps_what_is_used() {
        let mut lru = Lru::new(8);
        lru.put(0, 0);
        for key in 1..1000 {
            lru.put(key, key);
            let zero = lru.take(&0).expect("used all the time");
            lru.put(0, zero);
            assert!(lru.young.len() + lru.old.len() <= 8);
        }
        assert!(lru.peek(&5).is_none());
        assert_eq!(lru.peek(&999), Some(&999));
    }

    #[test]
    fn a_key_has_one_value() {
        let mut lru = Lru::new(4);
        for value in 0..10 {
            lru.put("a", value);
            lru.put("b", value);
        }
        assert_eq!(lru.take(&"a"), Some(9));
        assert_eq!(lru.take(&"a"), None);
    }
}
