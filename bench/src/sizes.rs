//! How many bytes Baton writes for a step of workload W1, so that the bare programs write as many.
//! `tests/count/src/sizes.rs` runs such a saga and fails where these are more than a few hundredths off.

/// Events of the first transition, of one between two steps, and of the last: lines of the journal.
pub const STARTED: usize = 1668;
pub const BETWEEN: usize = 1190;
pub const ENDED: usize = 380;
/// Events counted in a transition: the version grows by it.
pub const EVENTS: usize = 3;
/// The row's JSON, after its four lines of index.
pub const ROW: usize = 120;
/// The result of an attempt: what the record's value is.
pub const RESULT: usize = 218;
/// A job and an outcome: the body, which is the envelope with all in it, and the id and trace that stand
/// in properties beside it. The bare program has them in its bodies. Names of headers are left out.
pub const JOB: usize = 685;
pub const OUTCOME: usize = 395;

/// `text` and as many spaces as make it this long.
pub fn padded(mut text: String, size: usize) -> String {
    let missing = size.saturating_sub(text.len());
    text.extend(std::iter::repeat_n(' ', missing));
    text
}
