//! How many bytes Baton writes for a step of workload W1, so that the bare program writes as many.
//! Read off a Redis that was watched (`MONITOR`) while Baton ran it, and off its message types.

/// Events of the first transition, of one between two steps, and of the last.
pub const STARTED: usize = 1470;
pub const BETWEEN: usize = 1110;
pub const ENDED: usize = 380;
/// Events counted in a transition: the version grows by it.
pub const EVENTS: usize = 3;
/// The row's JSON, after its four lines of index.
pub const ROW: usize = 120;
/// The result of an attempt.
pub const RESULT: usize = 216;
/// A job and an outcome, in their envelopes.
pub const JOB: usize = 720;
pub const OUTCOME: usize = 330;

/// `text` and as many spaces as make it this long.
pub fn padded(mut text: String, size: usize) -> String {
    let missing = size.saturating_sub(text.len());
    text.extend(std::iter::repeat_n(' ', missing));
    text
}
