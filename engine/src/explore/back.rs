//! Where a saga can be sent back: a cancel at the last moment of each task.

use super::search::{INPUTS_MAX, Place, place};
use super::world::{Next, World};
use crate::saga::Input;
use std::collections::{BTreeSet, HashMap};

/// The last moment at which each task is at work, by the number of inputs until then; and why the saga
/// fails though nothing struck, if it does.
pub(super) fn scouted(world: &World<'_>) -> Result<(BTreeSet<u32>, Option<String>), String> {
    let mut world = world.clone();
    let mut last: HashMap<Place, u32> = HashMap::new();
    loop {
        let next = world.next();
        if matches!(next, Next::Over | Next::Held) || world.inputs >= INPUTS_MAX {
            return Ok((last.into_values().collect(), world.saga.failure()));
        }
        if world.saga.can_be_cancelled() {
            last.insert(place(&world, &next), world.inputs);
        }
        world.step(next)?;
    }
}

/// The cancels at these moments that undo something, in their order.
pub(super) fn ways_back<'a>(
    mut world: World<'a>,
    mut moments: BTreeSet<u32>,
) -> Result<Vec<World<'a>>, String> {
    let mut backs = Vec::new();
    while !moments.is_empty() {
        if moments.remove(&world.inputs) {
            let mut back = world.clone();
            back.tell(Input::Cancel { reason: None })?;
            // Not where a pivot decides first.
            if back.judge.failing.is_some() {
                backs.push(back);
            }
        }
        world.step(world.next())?;
    }
    Ok(backs)
}
