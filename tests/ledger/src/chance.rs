//! Numbers that follow from a seed and some words: the same today, tomorrow and on any machine.

/// A stream of numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The stream of this seed for these words.
    pub fn of(seed: u64, words: &[&str]) -> Self {
        let mut state = 0xcbf2_9ce4_8422_2325 ^ seed;
        for word in words {
            for byte in word.bytes().chain([0xff]) {
                state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        let mut chance = Self(state);
        chance.draw();
        chance
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Evenly from `from` up to, but without, `to`; `from` where there is nothing between.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        match to.saturating_sub(from) {
            0 => from,
            span => from + self.draw() % span,
        }
    }

    /// True in so many of a thousand cases.
    pub fn permille(&mut self, rate: u32) -> bool {
        self.between(0, 1000) < u64::from(rate)
    }

    /// One of them; there must be one.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = self.between(0, from.len() as u64);
        &from[usize::try_from(at).unwrap_or(0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_give_the_same_numbers_and_others_do_not() {
        let draw = |seed, words: &[&str]| Chance::of(seed, words).draw();
        assert_eq!(draw(1, &["a", "b"]), draw(1, &["a", "b"]));
        assert_ne!(draw(1, &["a", "b"]), draw(2, &["a", "b"]));
        assert_ne!(draw(1, &["a", "b"]), draw(1, &["ab"]));
    }

    #[test]
    fn rates_are_about_kept() {
        let mut chance = Chance::of(7, &[]);
        let hits = (0..10_000).filter(|_| chance.permille(250)).count();
        assert!((2_300..2_700).contains(&hits), "{hits}");
    }
}
