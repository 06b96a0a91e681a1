//! What a running program may use: fuel, stack, and the first limit it broke.
//!
//! jaq gives its values no context, so the meter of the running program is the thread's. A broken
//! limit stays broken: every later operation fails, so no `try` goes on after it.

use std::cell::Cell;

/// Fuel of one evaluation, in bytes' worth of work: 100,000 units of [`UNIT`].
pub(in crate::expression) const FUEL: i64 = 100_000 * UNIT;
/// What any operation costs beyond the bytes it touches.
const UNIT: i64 = 64;
/// What one element of an array or object costs to copy.
pub(super) const ELEMENT: usize = 16;
/// Levels that values may nest while a program runs; what it gives is held to less.
pub(super) const DEPTH: u16 = 128;
/// Bytes that a value may have as JSON text, about.
pub(super) const SIZE: u32 = 1 << 20;
/// What a tick costs where an update passes it: each may put jaq a level deeper, and what fuel allows
/// must fit the large stack.
pub(super) const UPDATE: usize = 2048;

/// The limit that was broken first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trip {
    Fuel,
    Depth,
    Size,
    /// The stack at hand is too small: run it on a larger one.
    Stack,
}

#[derive(Clone, Copy)]
struct Meter {
    left: i64,
    trip: Option<Trip>,
    base: usize,
    stack: usize,
}

thread_local! {
    static METER: Cell<Meter> =
        const { Cell::new(Meter { left: 0, trip: None, base: 0, stack: 0 }) };
}

/// Sets the thread's meter back when the program ends, also by a panic.
struct Restore(Meter);

impl Drop for Restore {
    fn drop(&mut self) {
        METER.set(self.0);
    }
}

/// Runs with a full meter and `stack` bytes of stack from here on; says what it burnt.
pub(super) fn metered<T>(stack: usize, run: impl FnOnce() -> T) -> (Result<T, Trip>, i64) {
    let meter = Meter {
        left: FUEL,
        trip: None,
        base: here(),
        stack,
    };
    let _restore = Restore(METER.replace(meter));
    let result = run();
    let meter = METER.get();
    // The last operation may have asked for far more than there was.
    let burnt = FUEL - meter.left.max(0);
    (meter.trip.map_or(Ok(result), Err), burnt)
}

/// About where the stack ends now.
#[inline(never)]
fn here() -> usize {
    let local = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&local)).addr()
}

/// Charges one operation on that many bytes.
pub(super) fn charge(bytes: usize) -> Result<(), Trip> {
    let mut meter = METER.get();
    if let Some(trip) = meter.trip {
        return Err(trip);
    }
    meter.left -= UNIT.saturating_add(i64::try_from(bytes).unwrap_or(i64::MAX));
    if meter.left < 0 {
        meter.trip = Some(Trip::Fuel);
    } else if meter.base.abs_diff(here()) > meter.stack {
        meter.trip = Some(Trip::Stack);
    }
    METER.set(meter);
    meter.trip.map_or(Ok(()), Err)
}

/// Notes a broken limit, unless one was broken before.
pub(super) fn trip(trip: Trip) -> Trip {
    let mut meter = METER.get();
    let first = *meter.trip.get_or_insert(trip);
    METER.set(meter);
    first
}
