//! The data folder in careless hands.

use baton_tests::world::{Api, Program, Shop, free_port};
use serde_json::json;

const OK: &str = "document: { dsl: '1.0.3', namespace: x, name: ok, version: '1.0.0' }
do:
  - a: { set: { n: 1 } }
";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_accepted_into_a_folder_that_is_gone() {
    let (shop, data) = (Shop::open().await, tempfile::tempdir().expect("a folder"));
    let folder = data.path().join("baton");
    let (services, listen) = (shop.catalogue(), format!("127.0.0.1:{}", free_port()));
    let (services, place) = (services.display().to_string(), folder.display().to_string());
    let args = [
        "dev",
        "--services",
        &services,
        "--data",
        &place,
        "--listen",
        &listen,
    ];
    let mut baton = Program::start("baton", &args, &[]);
    let api = Api::new(format!("http://{listen}"));
    api.ready().await;
    api.deploy(OK).await;
    api.submit("ok", "before", &json!({})).await;
    std::fs::remove_dir_all(&folder).expect("removed");
    let body = json!({ "workflow": "ok", "id": "after" });
    let (status, problem) = api.post("/v1/sagas", &body).await.expect("an answer");
    assert_eq!(status, 503, "{problem}");
    assert!(
        problem["detail"].to_string().contains("removed"),
        "{problem}"
    );
    assert!(matches!(api.get("/readyz").await, Some((503, _))));
    assert!(baton.runs());
}
