//! The power goes under a whole Baton: a few cuts of `make powercut`, and that it would notice.

use baton_engine::store::Durability;
use baton_tests::powercut::{LIFE, Plan, run};

#[test]
fn nothing_answered_is_lost() {
    let plan = Plan {
        cuts: 5,
        done: 0,
        seed: 11,
        durability: Durability::Fsync,
    };
    let report = run(plan, |_| ());
    assert_eq!(report.violations, Vec::<String>::new());
    assert_eq!(report.cuts, 5);
    let (sagas, looked) = (report.sagas, report.looked_for);
    assert!(sagas > 20, "only {sagas} sagas: these cuts show nothing");
    assert!(looked > sagas, "only {looked} orders were looked for again");
}

/// A store that syncs nothing loses what it answered, and that does not pass. What was under way when the
/// power goes is the machine's choice, so one plan may be lucky; five are not.
#[test]
fn a_loss_is_noticed() {
    let lost = |violation: &String| violation.contains("was answered and is lost");
    let noticed = (11..16).any(|seed| {
        let plan = Plan {
            cuts: 5,
            done: 0,
            seed,
            durability: Durability::Memory,
        };
        run(plan, |_| ()).violations.iter().any(lost)
    });
    assert!(noticed, "25 cuts without a sync lost nothing");
}

/// What went on left out the lives that were over, and no more than these.
#[test]
fn what_was_done_is_not_done_again() {
    let plan = Plan {
        cuts: LIFE + 1,
        done: LIFE,
        seed: 12,
        durability: Durability::Fsync,
    };
    let mut lives = 0;
    let report = run(plan, |_| lives += 1);
    assert_eq!((report.cuts, lives), (1, 1));
    let all = Plan { cuts: LIFE, ..plan };
    assert_eq!(run(all, |_| ()).cuts, 0);
}
