//! **A service that honours the key does it once (I5, P3).**
//!
//! Binds: services that keep keys. It also shows that the simulated services keep theirs.

use super::{End, Judgement, Law, never};
use crate::books::Books;
use crate::service::Kind;

pub struct OneEffectPerKey;

impl Law for OneEffectPerKey {
    fn name(&self) -> &'static str {
        "one_effect_per_key"
    }

    fn end(&self, _: &Books, end: &End<'_>) -> Judgement {
        let effects = end.services.effects.iter();
        let twice = effects
            .filter(|(_, effect)| Kind::of(&effect.service).keeps_keys())
            .find(|(_, effect)| effect.times > 1);
        never(twice.is_some(), || format!("{twice:?} was done more than once"))
    }
}
