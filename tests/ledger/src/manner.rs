//! How a service behaves: honest in some way, or lying in one.

/// What the path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Manner {
    /// Keeps the whole contract: answers by key, and tombstones for undos that found nothing.
    Tombstones,
    /// Answers by key, but an undo that found nothing is forgotten.
    Honest,
    /// Ignores keys: every call is an effect.
    Plain,
    /// As tombstones; it refuses often, and its refusals prove that nothing happened.
    Final,
    /// As tombstones; it takes long, and often applies after nobody waits any more.
    Slow,
    /// As tombstones, but lying about it in this way.
    Liar(Lie),
}

/// A lie. Where nothing else is said the effect happened, and the answer hides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lie {
    /// 500.
    Applied500,
    /// Never an answer.
    AppliedHang,
    /// 200, and nothing happened.
    Unapplied200,
    /// Happens twice.
    Twice,
    /// 200 with what another saga was told.
    Another,
    /// 200 with a page for people.
    Html,
    /// 200 with JSON that is no UTF-8.
    Utf8,
    /// 200 with 64 MiB.
    Huge,
    /// 200 with a body that never ends.
    Endless,
    /// 200 with a byte a second.
    Drip,
    /// 200, closed in the middle of the body.
    Cut,
    /// 200 with less than Content-Length says.
    Length,
    /// 307 to another path of this host.
    Redirect,
    /// 307 to another host.
    RedirectAway,
    /// 200 with thousands of headers.
    Flood,
    /// 503 with a Retry-After of thirty years.
    RetryAfter,
}

/// Every lie, with the word in its path.
pub const LIES: [(Lie, &str); 16] = [
    (Lie::Applied500, "applied-500"),
    (Lie::AppliedHang, "applied-hang"),
    (Lie::Unapplied200, "unapplied-200"),
    (Lie::Twice, "twice"),
    (Lie::Another, "another"),
    (Lie::Html, "html"),
    (Lie::Utf8, "utf8"),
    (Lie::Huge, "huge"),
    (Lie::Endless, "endless"),
    (Lie::Drip, "drip"),
    (Lie::Cut, "cut"),
    (Lie::Length, "length"),
    (Lie::Redirect, "redirect"),
    (Lie::RedirectAway, "redirect-away"),
    (Lie::Flood, "flood"),
    (Lie::RetryAfter, "retry-after"),
];

/// Every honest manner, with its word.
pub const HONEST: [(Manner, &str); 5] = [
    (Manner::Tombstones, "tombstones"),
    (Manner::Honest, "honest"),
    (Manner::Plain, "plain"),
    (Manner::Final, "final"),
    (Manner::Slow, "slow"),
];

impl Manner {
    pub fn named(word: &str) -> Option<Self> {
        let honest = HONEST.iter().find(|(_, name)| *name == word);
        let liar = LIES.iter().find(|(_, name)| *name == word);
        honest
            .map(|(manner, _)| *manner)
            .or_else(|| liar.map(|(lie, _)| Self::Liar(*lie)))
    }

    /// The word in its path.
    pub fn word(self) -> &'static str {
        let honest = HONEST.iter().find(|(manner, _)| *manner == self);
        let liar = LIES.iter().find(|(lie, _)| Self::Liar(*lie) == self);
        honest
            .map(|(_, name)| *name)
            .or_else(|| liar.map(|(_, name)| *name))
            .expect("every manner is in one of the lists")
    }

    pub fn lie(self) -> Option<Lie> {
        match self {
            Self::Liar(lie) => Some(lie),
            _ => None,
        }
    }

    /// The same key gets the same answer and has one effect.
    pub fn honours_keys(self) -> bool {
        self != Self::Plain
    }

    /// A call that comes after its undo is refused.
    pub fn keeps_tombstones(self) -> bool {
        !matches!(self, Self::Plain | Self::Honest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_comes_back() {
        let words = HONEST.iter().map(|(_, word)| *word);
        for word in words.chain(LIES.iter().map(|(_, word)| *word)) {
            let manner = Manner::named(word).expect("a manner");
            assert_eq!(manner.word(), word);
        }
        assert_eq!(Manner::named("kind"), None);
    }
}
