//! `baton dev` on a disk that fills up: what is new is refused with a reason, and what was accepted goes
//! on once there is room.

use baton_tests::brokers::SmallDisk;
use baton_tests::world::{Api, Program, Shop, exactly_once, free_port, until};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

const FIVE: &str = include_str!("../data/five.yaml");
/// Bytes of the disk; the filler leaves nothing of them.
const DISK: u64 = 16 << 20;
/// Sagas submitted before the disk is full, and after there is room again.
const SAGAS: usize = 60;

fn dev(shop: &Shop, disk: &SmallDisk, data: &Path, port: u16) -> Program {
    let args = [
        "dev".to_owned(),
        "--services".to_owned(),
        shop.catalogue().display().to_string(),
        "--data".to_owned(),
        data.join("store").display().to_string(),
        "--listen".to_owned(),
        format!("127.0.0.1:{port}"),
    ];
    Program::on_disk(disk, "baton", &args)
}

async fn submit(api: &Api, id: &str) -> (u16, Option<String>, Value) {
    let body = json!({ "workflow": "test/five", "id": id, "input": {} }).to_string();
    let answer = api
        .whole("POST", "/v1/sagas", "application/json", body)
        .await;
    let (status, headers, body) = answer.expect("an answer");
    let after = headers.get("retry-after");
    let after = after
        .and_then(|after| after.to_str().ok())
        .map(str::to_owned);
    (status, after, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_and_loses_nothing() {
    let shop = Shop::open().await;
    let data = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let api = Api::new(format!("http://127.0.0.1:{port}"));
    let disk = SmallDisk::at(data.path(), DISK).await.expect("a disk");
    let _baton = dev(&shop, &disk, data.path(), port);
    api.ready().await;
    api.deploy(FIVE).await;
    for n in 0..SAGAS {
        api.submit("test/five", &format!("before-{n}"), &json!({}))
            .await;
    }
    assert!(
        api.open().await.expect("an answer") >= SAGAS / 2,
        "they are under way"
    );
    let filled = disk.fill().expect("it fills up");
    assert!(filled > DISK / 4 && filled < DISK, "{filled} bytes");

    // What still finds room in the open segment is accepted, and counts.
    let mut accepted = 0;
    let refused = async || {
        let id = format!("meanwhile-{accepted}");
        match submit(&api, &id).await {
            (201, ..) => {
                accepted += 1;
                None
            }
            refused => Some(refused),
        }
    };
    let (status, after, problem) =
        until("a submission is refused", Duration::from_secs(60), refused).await;
    assert_eq!(
        (status, &problem["code"]),
        (503, &json!("store-full")),
        "{problem}"
    );
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("no room in folder"), "{problem}");
    let after: u64 = after
        .and_then(|after| after.parse().ok())
        .expect("Retry-After");
    assert!((1..=60).contains(&after), "{after}");
    let (status, ready) = api.get("/readyz").await.expect("an answer");
    assert_eq!(status, 503, "{ready}");
    assert!(ready.to_string().contains("no room in folder"), "{ready}");
    // Reading needs no room.
    assert!(api.saga("before-0").await.is_some());

    disk.free().expect("room is made");
    api.ready().await;
    for n in 0..SAGAS {
        api.submit("test/five", &format!("after-{n}"), &json!({}))
            .await;
    }
    // The one that was refused is sent again, as its sender was told.
    api.submit("test/five", &format!("meanwhile-{accepted}"), &json!({}))
        .await;
    let ended = async || (api.open().await? == 0).then_some(());
    until("every saga ends", Duration::from_secs(120), ended).await;
    let sagas = api.sagas().await.expect("an answer");
    assert_eq!(
        sagas.len(),
        2 * SAGAS + accepted + 1,
        "one is lost, or one too many"
    );
    assert!(
        sagas.iter().all(|(_, status)| status == "completed"),
        "{sagas:?}"
    );
    exactly_once(&shop, sagas.len(), 5).await;
}
