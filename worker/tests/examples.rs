//! The example catalogue is one that a worker can work with.

use baton_shared::catalogue::Catalogue;
use baton_shared::port::Clock;
use baton_shared::{ServiceName, Timestamp};
use baton_worker::{HttpCaller, MachineSecrets, Pools};
use std::sync::Arc;

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }
    async fn sleep_until(&self, _at: Timestamp) {}
}

fn catalogue() -> Catalogue {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/services.yaml");
    let text = std::fs::read_to_string(file).expect("is there");
    serde_saphyr::from_str(&text).expect("reads")
}

#[test]
fn the_example_catalogue_is_without_fault() {
    let catalogue = catalogue();
    assert_eq!(catalogue.faults(), Vec::<String>::new());
    HttpCaller::new(&catalogue, MachineSecrets::default(), Arc::new(Stopped)).expect("a caller");
    for operation in [
        "inventory.reserve",
        "payments.void",
        "shipping.book",
        "fraud.score",
    ] {
        assert!(catalogue.find(operation).is_some(), "{operation}");
    }
    let (_, authorize) = catalogue.find("payments.authorize").expect("is there");
    assert!(authorize.rejections_are_final());
    let (_, score) = catalogue.find("fraud.score").expect("is there");
    assert!(score.operation.is_read_only());
}

#[test]
fn pools_follow_the_catalogue_and_the_choice_of_services() {
    let catalogue = catalogue();
    let names = |only: &[ServiceName]| -> Vec<String> {
        Pools::of(&catalogue, only)
            .0
            .keys()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(
        names(&[]),
        [
            "fraud",
            "http",
            "inventory",
            "notifications",
            "payments",
            "shipping"
        ]
    );
    assert_eq!(names(&["fraud".parse().expect("a name")]), ["fraud"]);
    let source = Pools::of(&catalogue, &[]).source();
    assert!(source.lanes.iter().all(|(_, prefetch)| *prefetch == 128));
}
