//! The command line against a real `baton dev`, and the demo, as a person would type them.

use baton_tests::world::{Api, Program, Said, Shop, free_port, run, until};
use serde_json::{Value, json};
use std::time::Duration;

/// The example workflows, as a newcomer finds them.
const ORDER: &str = include_str!("../../examples/order.yaml");
const FIFTH: &str = include_str!("../data/fifth.yaml");

struct World {
    shop: Shop,
    api: Api,
    _data: tempfile::TempDir,
    _baton: Program,
}

impl World {
    async fn start() -> Self {
        let shop = Shop::open().await;
        let data = tempfile::tempdir().expect("a folder");
        let port = free_port();
        let args = [
            "dev".to_owned(),
            "--services".to_owned(),
            shop.catalogue().display().to_string(),
            "--data".to_owned(),
            data.path().display().to_string(),
            "--listen".to_owned(),
            format!("127.0.0.1:{port}"),
        ];
        let baton = Program::start("baton", &args, &[]);
        let api = Api::new(format!("http://127.0.0.1:{port}"));
        api.ready().await;
        Self {
            shop,
            api,
            _data: data,
            _baton: baton,
        }
    }

    /// Types a command; the shop goes on serving meanwhile.
    async fn type_in(&self, words: &[&str]) -> Said {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        let env = [("BATON_API", self.api.base().to_owned())];
        tokio::task::spawn_blocking(move || run("baton", &words, &env))
            .await
            .expect("it ran")
    }
}

fn steps(saga: &Value, kind: &str) -> Vec<String> {
    let steps = saga["steps"].as_array().expect("steps");
    let wanted = steps.iter().filter(|step| step["kind"] == kind);
    wanted
        .map(|step| step["name"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_ends_as_announced() {
    let words = ["demo"];
    let said = tokio::task::spawn_blocking(move || run("baton", &words, &[]))
        .await
        .expect("it ran");
    assert_eq!(said.exit, 0, "{}{}", said.out, said.err);
    assert!(
        said.out.contains("6 sagas: 3 completed, 3 compensated"),
        "{}",
        said.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_fifth_step_is_undone_first_then_four_three_two_one() {
    let world = World::start().await;
    world.api.deploy(FIFTH).await;
    for (id, plain, undone) in [
        ("plain", true, vec!["five", "four", "three", "two", "one"]),
        // payments declares `rejections: final`: its own refusal proves that nothing happened.
        ("final", false, vec!["four", "three", "two", "one"]),
    ] {
        world
            .api
            .submit("test/fifth", id, &json!({ "plain": plain }))
            .await;
        let saga = world.api.becomes(id, "compensated").await;
        let undone: Vec<String> = undone.iter().map(|name| format!("{name}:undo")).collect();
        let order: Vec<String> = steps(&saga, "compensation")
            .iter()
            .map(|name| {
                name.replace("fiveFinal", "five")
                    .replace("fivePlain", "five")
            })
            .collect();
        assert_eq!(order, undone, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_found_retried_and_ends() {
    let world = World::start().await;
    world.api.deploy(ORDER).await;
    let input = include_str!("../../examples/inputs/dead-letter.json");
    let words = [
        "submit",
        "order",
        "--id",
        "d1",
        "--input",
        input,
        "--wait",
        "--timeout",
        "20s",
    ];
    let said = world.type_in(&words).await;
    assert_eq!(
        said.exit, 4,
        "a suspended saga waits for a person: {}{}",
        said.out, said.err
    );

    let said = world.type_in(&["dlq", "list", "--json"]).await;
    let letters: Value = serde_json::from_str(&said.out).expect("JSON");
    let letter = letters["deadLetters"][0]["id"]
        .as_str()
        .expect("a dead letter")
        .to_owned();
    assert_eq!(letter, "d1/authorizePayment:undo");

    world.shop.heal().await;
    let said = world.type_in(&["dlq", "retry", &letter]).await;
    assert_eq!(said.exit, 0, "{}{}", said.out, said.err);
    let saga = world.api.becomes("d1", "compensated").await;
    assert_eq!(
        steps(&saga, "compensation"),
        [
            "bookShipment:undo",
            "authorizePayment:undo",
            "reserveStock:undo"
        ]
    );
    let said = world.type_in(&["dlq", "list"]).await;
    assert!(!said.out.contains("d1/"), "{}", said.out);
    // Settled letters are refused with what happened.
    let said = world.type_in(&["dlq", "retry", &letter]).await;
    assert_eq!(said.exit, 1, "{}{}", said.out, said.err);
    assert!(said.err.contains("no open dead letter"), "{}", said.err);
}

/// Many at once by filter; one skipped, with its reason; one dropped, which leaves an effect standing.
#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_settled_in_every_way() {
    let world = World::start().await;
    world.api.deploy(ORDER).await;
    let input: Value =
        serde_json::from_str(include_str!("../../examples/inputs/dead-letter.json")).expect("JSON");
    for id in ["a1", "a2", "skipped", "dropped"] {
        world.api.submit("order", id, &input).await;
        world.api.becomes(id, "suspended").await;
    }
    let held = "authorizePayment:undo";
    // A compensation is skipped only with a reason.
    let said = world
        .type_in(&[
            "dlq",
            "skip",
            &format!("skipped/{held}"),
            "--output",
            "null",
        ])
        .await;
    assert_eq!(said.exit, 1, "{}{}", said.out, said.err);
    let skip = [
        "dlq",
        "skip",
        &format!("skipped/{held}"),
        "--output",
        "null",
        "--reason",
        "voided by hand",
    ];
    assert_eq!(world.type_in(&skip).await.exit, 0);
    world.api.becomes("skipped", "compensated").await;

    let drop = [
        "dlq",
        "drop",
        &format!("dropped/{held}"),
        "--reason",
        "written off",
    ];
    assert_eq!(world.type_in(&drop).await.exit, 0);
    let saga = world.api.becomes("dropped", "faulted").await;
    assert_eq!(saga["standing"], json!(["authorizePayment"]));

    world.shop.heal().await;
    let other = ["dlq", "retry", "--all", "--workflow", "shop/other"];
    assert_eq!(world.type_in(&other).await.exit, 0);
    assert_eq!(
        world.api.saga("a1").await.expect("an answer")["status"],
        "suspended"
    );
    let said = world
        .type_in(&["dlq", "retry", "--all", "--workflow", "shop/order"])
        .await;
    assert_eq!(said.exit, 0, "{}{}", said.out, said.err);
    for id in ["a1", "a2"] {
        world.api.becomes(id, "compensated").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_pause_and_resume() {
    let world = World::start().await;
    world.api.deploy(include_str!("../data/five.yaml")).await;
    world.api.submit("test/five", "c1", &json!({})).await;
    world.api.becomes("c1", "waiting").await;
    assert_eq!(world.type_in(&["pause", "c1"]).await.exit, 0);
    world.api.becomes("c1", "suspended").await;
    assert_eq!(world.type_in(&["resume", "c1"]).await.exit, 0);
    assert_eq!(world.type_in(&["cancel", "c1"]).await.exit, 0);
    let saga = world.api.becomes("c1", "cancelled").await;
    assert_eq!(
        steps(&saga, "compensation"),
        ["authorize:undo", "reserve:undo"]
    );
    let said = world.type_in(&["cancel", "c1"]).await;
    assert_eq!(said.exit, 1, "{}", said.err);
    assert!(said.err.contains("final"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_id_again_is_the_same_saga_or_a_conflict() {
    let world = World::start().await;
    world.api.deploy(ORDER).await;
    let input = include_str!("../../examples/inputs/success.json");
    for _ in 0..2 {
        let said = world
            .type_in(&["submit", "order", "--id", "i1", "--input", input, "--wait"])
            .await;
        assert_eq!(said.exit, 0, "{}{}", said.out, said.err);
    }
    let other = include_str!("../../examples/inputs/rejected.json");
    let said = world
        .type_in(&["submit", "order", "--id", "i1", "--input", other])
        .await;
    assert_eq!(said.exit, 1, "{}{}", said.out, said.err);
    for (body, wanted) in [
        (json!({ "workflow": "nothing" }), 404),
        (json!({ "workflow": "order", "id": "a b" }), 400),
        (
            json!({ "workflow": "order", "input": { "orderId": 1 } }),
            422,
        ),
        (
            json!({ "workflow": "order", "id": "i1", "input": serde_json::from_str::<Value>(other).expect("JSON") }),
            409,
        ),
        (
            json!({ "workflow": "order", "input": { "orderId": "x".repeat(300_000) } }),
            413,
        ),
    ] {
        let answered = async || world.api.post("/v1/sagas", &body).await;
        let (status, problem) = until("an answer", Duration::from_secs(10), answered).await;
        assert_eq!(status, wanted, "{problem}");
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| detail.len() > 10),
            "{problem}"
        );
    }
}
