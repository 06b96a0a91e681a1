//! **Nothing is lost to nobody (I22).** A message that belongs to a saga is never put away as an orphan:
//! only bytes of nobody's, and what speaks of a saga that is not there.
//!
//! Binds: whatever the services do. An outcome that the queue itself gave up is kept as an orphan,
//! and so is what a stranger says in a format of some other time.

use super::{End, Judgement, Law, never};
use crate::books::Books;
use crate::stranger::SEAL;
use baton_shared::SagaId;

pub struct NoOrphans;

impl Law for NoOrphans {
    fn name(&self) -> &'static str {
        "no_orphans"
    }

    fn end(&self, books: &Books, end: &End<'_>) -> Judgement {
        if books.power_cut || !books.forgotten.is_empty() {
            return Ok(());
        }
        let of_a_saga = |orphan: &&String| {
            let names = |id: &SagaId| orphan.contains(&format!("\\\"saga\\\":\\\"{id}\\\""));
            books.stories.keys().any(names)
        };
        let given_up = |orphan: &&String| orphan.contains("delivery_limit") && orphan.contains("baton.outcome");
        let orphans = end.orphans();
        let seal = format!("\\\"signature\\\":\\\"{SEAL}\\\"");
        let ours = |orphan: &&String| of_a_saga(orphan) && !orphan.contains(&seal);
        let lost = orphans.iter().find(|orphan| ours(orphan) && !given_up(orphan));
        never(lost.is_some(), || format!("put away: {lost:?}"))
    }
}
