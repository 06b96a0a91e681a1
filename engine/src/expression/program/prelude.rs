//! The definitions every program may use.

use jaq_core::load::parse::Def;

pub(super) fn defs() -> Vec<Def> {
    jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
        .collect()
}

/// Whether there is such a builtin.
pub(in crate::expression) fn knows(_name: &str, _arity: usize) -> bool {
    true
}

/// What to say of one that is not there.
pub(in crate::expression) fn unknown(name: &str, _arity: usize) -> String {
    format!("there is no function `{name}`")
}
