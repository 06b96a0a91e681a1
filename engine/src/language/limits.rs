//! How large a workflow may be.

/// Bytes of source.
pub(super) const MAX_SOURCE: usize = 256 * 1024;
/// Tasks in one workflow, compensations included.
pub(super) const MAX_TASKS: usize = 2_000;
/// Task lists within each other.
pub(super) const MAX_NESTING: usize = 32;
/// Diagnostics shown; what is beyond them is counted.
pub(super) const MAX_DIAGNOSTICS: usize = 200;
/// Expressions compiled, those of aliases each time they are repeated.
pub(super) const MAX_EXPRESSIONS: usize = 5_000;
/// Beyond so many faults no right word is looked for among names: comparing them all costs time.
pub(super) const FEW: usize = 50;
/// Characters of a rewritten expression that a help may quote.
pub(super) const MAX_QUOTED: usize = 100;
