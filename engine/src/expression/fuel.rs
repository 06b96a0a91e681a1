//! How much fuel this thread's evaluations burnt so far: who evaluates many expressions in a row can
//! tell when it has done enough for now.

use std::cell::Cell;

/// What one evaluation may burn.
pub(crate) const ONE: i64 = super::program::FUEL;

thread_local! {
    static BURNT: Cell<i64> = const { Cell::new(0) };
}

pub(super) fn burn(fuel: i64) {
    BURNT.set(BURNT.get().wrapping_add(fuel));
}

/// Only the difference between two readings means anything.
pub(crate) fn burnt() -> i64 {
    BURNT.get()
}
