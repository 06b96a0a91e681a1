//! One short scenario from its first process to its verdict, so that the runner itself is tried with
//! every change. The scenarios that need brokers run in `make chaos-ci`.

use baton_chaos::run::run;
use baton_chaos::{report, scenario};

#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_comes_to_its_verdict() {
    let scenario = scenario::named("embedded-killed").expect("it is there");
    let verdict = run(scenario, 1, false).await.expect("nobody stops it");
    let told = report::explained(&verdict, 3);
    assert!(verdict.violations.is_empty(), "{told}");
    let count = |name: &str| verdict.counts.get(name).copied().unwrap_or(0);
    assert!(count("kills") >= 5, "{:?}", verdict.counts);
    assert!(
        count("sagas") >= 60 && count("calls") >= 200,
        "{:?}",
        verdict.counts
    );
    assert!(count("completed") > count("compensated") && count("compensated") > 0);
    let entry = report::entry(&verdict);
    let faults = entry
        .counts
        .iter()
        .filter(|(name, _)| name.starts_with("fault."));
    assert_eq!(faults.map(|(_, count)| count).sum::<u64>(), count("faults"));
}

/// The power cuts of `embedded-power-cut` find a store that does not sync: here its disk does not.
#[tokio::test(flavor = "multi_thread")]
async fn a_lying_disk_is_found_out() {
    let verdict = run(scenario::ON_A_LYING_DISK, 1, false)
        .await
        .expect("nobody stops it");
    let told = report::explained(&verdict, 3);
    let lost = verdict
        .violations
        .iter()
        .filter(|violation| violation.what == "it was accepted and is not there");
    assert!(lost.count() > 0, "{told}");
}
