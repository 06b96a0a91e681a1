//! `baton dev` as a process: killed in the middle of 500 sagas, and started again.

use baton_tests::world::{Api, Program, Shop, exactly_once, free_port, until};
use serde_json::json;
use std::time::Duration;

const FIVE: &str = include_str!("../data/five.yaml");
const SAGAS: usize = 500;

fn dev(shop: &Shop, data: &std::path::Path, port: u16, env: &[(&str, String)]) -> Program {
    let args = [
        "dev".to_owned(),
        "--services".to_owned(),
        shop.catalogue().display().to_string(),
        "--data".to_owned(),
        data.display().to_string(),
        "--listen".to_owned(),
        format!("127.0.0.1:{port}"),
    ];
    Program::start("baton", &args, env)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_500_sagas_run() {
    let shop = Shop::open().await;
    let data = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let api = Api::new(format!("http://127.0.0.1:{port}"));
    let mut baton = dev(&shop, data.path(), port, &[]);
    api.ready().await;
    api.deploy(FIVE).await;

    let input = json!({});
    let submits = (0..SAGAS).map(|n| {
        let (api, input) = (api.clone(), input.clone());
        async move { api.submit("test/five", &format!("five-{n}"), &input).await }
    });
    futures_util::future::join_all(submits).await;
    let open = api.open().await.expect("an answer");
    assert!(
        open >= 100,
        "only {open} sagas are open: killing now would show nothing"
    );
    baton.kill();

    let _baton = dev(&shop, data.path(), port, &[]);
    api.ready().await;
    let ended = async || (api.open().await? == 0).then_some(());
    until("every saga ends", Duration::from_secs(120), ended).await;

    let sagas = api.sagas().await.expect("an answer");
    assert_eq!(sagas.len(), SAGAS, "an accepted saga is lost");
    let others: Vec<_> = sagas
        .iter()
        .filter(|(_, status)| status != "completed")
        .collect();
    assert!(others.is_empty(), "{others:?}");
    exactly_once(&shop, SAGAS, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn finished_sagas_expire_and_live_ones_do_not() {
    let shop = Shop::open().await;
    let data = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let api = Api::new(format!("http://127.0.0.1:{port}"));
    let _baton = dev(
        &shop,
        data.path(),
        port,
        &[("BATON__RETENTION", "1s".to_owned())],
    );
    api.ready().await;
    api.deploy(FIVE).await;
    api.submit("test/five", "short", &json!({})).await;
    // It rests for two seconds, longer than the retention: it must live that long.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(api.saga("short").await.is_some(), "a live saga expired");
    let gone = async || match api.get("/v1/sagas/short").await {
        Some((404, _)) => Some(()),
        _ => None,
    };
    until("the finished saga expires", Duration::from_secs(30), gone).await;
    assert_eq!(api.sagas().await.expect("an answer"), Vec::new());
}
