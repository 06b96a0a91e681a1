//! What goes wrong at a service that means well: rates in a thousand calls.

use crate::chance::Chance;
use crate::manner::Manner;
use serde::{Deserialize, Serialize};

/// How often what happens, in a thousand calls. The first that is drawn counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Weather {
    /// 503 with Retry-After: 0.
    pub busy: u32,
    /// The connection is closed before anything happens.
    pub lost: u32,
    /// 500, nothing happened.
    pub failed: u32,
    /// Applied, then 500.
    pub applied_failed: u32,
    /// Applied, then the connection is closed.
    pub applied_lost: u32,
    /// 422, kept.
    pub rejected: u32,
    /// Applied only after `late_ms`; the caller hears nothing.
    pub late: u32,
    pub late_ms: u64,
    /// The answer takes up to so many milliseconds.
    pub slow_ms: u64,
    /// How often a liar lies.
    pub lies: u32,
    /// So many calls of a key go wrong at most.
    pub stubborn: u32,
    /// Keys of which every call goes wrong, each so that nobody knows what happened: more often than
    /// anybody tries.
    pub cursed: u32,
}

/// Calls of a cursed key that go wrong.
const CURSE: u32 = 6;

/// What is drawn for one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    Fair,
    Busy,
    Lost,
    Failed,
    AppliedFailed,
    AppliedLost,
    Rejected,
    Late,
    Lie,
}

impl Weather {
    /// What happens to call `nth` (from 0) of a key, and how long its answer takes.
    pub fn draw(&self, seed: u64, manner: Manner, sure: bool, key: &str, nth: u32) -> (Drawn, u64) {
        let mut chance = Chance::of(seed, &[manner.word(), key, &nth.to_string()]);
        let slow = chance.between(0, self.slow_ms + 1);
        if !sure && nth < CURSE && Chance::of(seed, &["cursed", key]).permille(self.cursed) {
            let unsure = [
                Drawn::Late,
                Drawn::AppliedLost,
                Drawn::AppliedFailed,
                Drawn::Lost,
            ];
            return (*chance.pick(&unsure), slow);
        }
        if nth >= self.stubborn.max(1) {
            return (Drawn::Fair, slow);
        }
        let rates = self.rates(manner, sure);
        let hit = rates.into_iter().find(|(rate, _)| chance.permille(*rate));
        (hit.map_or(Drawn::Fair, |(_, drawn)| drawn), slow)
    }

    fn rates(&self, manner: Manner, sure: bool) -> [(u32, Drawn); 8] {
        let lies = if manner.lie().is_some() { self.lies } else { 0 };
        // What must succeed is never refused for good, and never late: a person would have to mend it.
        let forward = |rate| if sure { 0 } else { rate };
        let rejected = match manner {
            Manner::Final => self.rejected.max(1) * 5,
            _ => self.rejected,
        };
        let late = match manner {
            Manner::Slow => self.late.max(100) * 3,
            _ => self.late,
        };
        [
            (lies, Drawn::Lie),
            (self.busy, Drawn::Busy),
            (self.lost, Drawn::Lost),
            (self.failed, Drawn::Failed),
            (self.applied_failed, Drawn::AppliedFailed),
            (self.applied_lost, Drawn::AppliedLost),
            (forward(rejected), Drawn::Rejected),
            (forward(late), Drawn::Late),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_sees_so_much_bad_weather_and_no_more() {
        let storm = Weather {
            busy: 1000,
            stubborn: 2,
            ..Weather::default()
        };
        let drawn = |nth| storm.draw(1, Manner::Honest, false, "k", nth).0;
        assert_eq!(
            [drawn(0), drawn(1), drawn(2)],
            [Drawn::Busy, Drawn::Busy, Drawn::Fair]
        );
    }

    #[test]
    fn a_curse_outlasts_every_retry_and_ends() {
        let cursed = Weather {
            cursed: 1000,
            ..Weather::default()
        };
        let drawn = |nth| cursed.draw(1, Manner::Honest, false, "k", nth).0;
        assert!((0..CURSE).all(|nth| drawn(nth) != Drawn::Fair));
        assert_eq!(drawn(CURSE), Drawn::Fair);
    }

    #[test]
    fn what_is_sure_is_not_refused() {
        let weather = Weather {
            rejected: 1000,
            late: 1000,
            ..Weather::default()
        };
        let drawn = |sure| weather.draw(1, Manner::Tombstones, sure, "k", 0).0;
        assert_eq!((drawn(false), drawn(true)), (Drawn::Rejected, Drawn::Fair));
    }
}
