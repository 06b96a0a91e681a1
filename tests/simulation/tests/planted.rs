//! The seeds that `regressions.txt` names with a planted bug, with that bug: each breaks the law it names. So a law
//! that nothing else shows to be breakable is shown here, and not only said to be.
//!
//! One test, because the bug is chosen for the whole process.
#![cfg(feature = "planted")]

use baton_shared::planted::{ALL, choose};
use baton_simulation::regressions;
use baton_simulation::run::{Setup, run};

#[test]
fn seeds_with_a_planted_bug_break_the_law_they_name() {
    let mut wrong = Vec::new();
    for line in regressions::all() {
        let Some(name) = line.planted else { continue };
        let planted = ALL.iter().find(|planted| planted.name == name);
        choose(Some(
            planted
                .unwrap_or_else(|| panic!("there is no bug {name}"))
                .bug,
        ));
        let report = run(&Setup {
            seed: line.seed,
            ..Setup::default()
        });
        let broken = report.broken.map(|broken| broken.law);
        if broken != Some(line.law) {
            wrong.push((line, broken));
        }
    }
    choose(None);
    assert!(wrong.is_empty(), "seeds, and what they break: {wrong:#?}");
}
