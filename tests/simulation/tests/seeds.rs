//! Some hundred seeds, in the plain suite; `make sim SEEDS=200000` runs more.

use baton_simulation::campaign::Campaign;
use baton_simulation::run::{Setup, run};

fn campaign(from: u64, seeds: u64) -> Campaign {
    Campaign {
        from,
        seeds,
        threads: 1,
        stop_after: 1,
        setup: Setup::default(),
    }
}

/// In four parts, so that they run side by side.
fn keeps_every_law(part: u64) {
    let tally = campaign(part * 60, 60).run(|_| {});
    let [] = tally.broken.as_slice() else {
        let (seed, broken) = &tally.broken[0];
        panic!(
            "BATON_SEED={seed} make sim\n{}: {}",
            broken.law, broken.what
        );
    };
    assert!(
        tally.faults() > 100,
        "little went wrong: {}",
        tally.faults()
    );
}

#[test]
fn seeds_keep_every_law_first_part() {
    keeps_every_law(0);
}

#[test]
fn seeds_keep_every_law_second_part() {
    keeps_every_law(1);
}

#[test]
fn seeds_keep_every_law_third_part() {
    keeps_every_law(2);
}

#[test]
fn seeds_keep_every_law_fourth_part() {
    keeps_every_law(3);
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..25 {
        let hash = |told| run(&Setup { seed, told }).hash;
        assert_eq!(hash(false), hash(true), "seed {seed} does not replay");
    }
}
