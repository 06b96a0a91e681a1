//! The programme as people type it.

use std::process::{Command, Stdio};

/// `simulate ... | head`: the reader goes away, and that is no fault.
#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut simulate = Command::new(env!("CARGO_BIN_EXE_simulate"));
    simulate.args(["--replay", "0"]).env_remove("BATON_PLANTED");
    simulate.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = simulate.spawn().expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success(), "{}", output.status);
}
