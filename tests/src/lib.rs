//! Laws and stories that more than one crate must keep.
//!
//! `contract` holds what every adapter of a port promises, written once and run on each.

pub mod contract;
