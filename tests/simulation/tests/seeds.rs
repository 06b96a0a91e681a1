//! Some hundred seeds, in the plain suite; `make sim SEEDS=200000` runs more.

use baton_simulation::campaign::Campaign;
use baton_simulation::fault::Net;
use baton_simulation::regressions;
use baton_simulation::run::{Setup, run};
use std::collections::BTreeSet;

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
        let hash = |told| {
            let setup = Setup {
                seed,
                told,
                ..Setup::default()
            };
            run(&setup).hash
        };
        assert_eq!(hash(false), hash(true), "seed {seed} does not replay");
    }
}

#[test]
fn seeds_that_once_broke_a_law_keep_it() {
    let kept = regressions::all();
    assert!(!kept.is_empty(), "some were found");
    let seeds: BTreeSet<u64> = kept.iter().map(|line| line.seed).collect();
    for seed in seeds {
        let setup = Setup {
            seed,
            ..Setup::default()
        };
        assert_eq!(run(&setup).broken, None, "BATON_SEED={seed} make sim");
    }
}

/// A net whose absence nobody notices, and that nothing else stands in for, would be no net.
#[test]
fn without_timers_it_does_not_end() {
    let mut campaign = campaign(0, 40);
    campaign.setup.without = Some(Net::Timers);
    let tally = campaign.run(|_| {});
    let laws: Vec<_> = tally.broken.iter().map(|(_, broken)| broken.law).collect();
    let [law] = laws.as_slice() else {
        panic!("nobody notices in {} seeds", tally.seeds);
    };
    assert!(Net::Timers.noticed_by().contains(law), "noticed by {law}");
}

fn every_law_holds_without(net: Net, why: &str) {
    assert_eq!(net.noticed_by(), [""; 0], "{why}");
    let mut campaign = campaign(0, 40);
    campaign.setup.without = Some(net);
    let tally = campaign.run(|_| {});
    assert_eq!(tally.broken, [], "{why}");
}

#[test]
fn without_the_record_every_law_holds() {
    every_law_holds_without(Net::Record, "a key alone is enough");
}

/// An answer that asks to come later is lost with its report, and the call is made once more: what it then
/// answers is all that is known.
#[test]
fn without_the_record_a_lost_wish_binds_nobody() {
    let mut campaign = campaign(4_830, 1);
    campaign.setup.without = Some(Net::Record);
    assert_eq!(campaign.run(|_| {}).broken, []);
}

/// What is lost on its way to the queue is booked as unknown at its deadline, later than it need be.
#[test]
fn without_the_duty_every_law_holds() {
    every_law_holds_without(Net::Duty, "deadlines are enough");
}

/// An append that is repeated is then refused as somebody else's, and decided again on what there is.
#[test]
fn without_dedupe_every_law_holds() {
    every_law_holds_without(Net::Dedupe, "versions are enough");
}
