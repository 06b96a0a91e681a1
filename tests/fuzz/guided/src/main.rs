//! One program for all targets: `BATON_TARGET` names which. libFuzzer decides by coverage what to try
//! next.

#![no_main]

use baton_fuzz::{Target, find};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("BATON_TARGET").expect("BATON_TARGET names a target");
    find(&name).expect("a target of that name")
});

fuzz_target!(|bytes: &[u8]| (TARGET.run)(bytes));
