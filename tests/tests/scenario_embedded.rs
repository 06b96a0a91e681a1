//! `baton dev` as a process: killed in the middle of 500 sagas, and started again.

use baton_tests::world::{Api, Program, Shop, exactly_once, free_port, until};
use serde_json::json;
use std::time::Duration;

const FIVE: &str = include_str!("../data/five.yaml");
const SAGAS: usize = 500;

fn dev(shop: &Shop, data: &std::path::Path, port: u16) -> Program {
    let args = [
        "dev".to_owned(),
        "--services".to_owned(),
        shop.catalogue().display().to_string(),
        "--data".to_owned(),
        data.display().to_string(),
        "--listen".to_owned(),
        format!("127.0.0.1:{port}"),
    ];
    Program::start("baton", &args, &[])
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_500_sagas_run() {
    let shop = Shop::open().await;
    let data = tempfile::tempdir().expect("a folder");
    let port = free_port();
    let api = Api::new(format!("http://127.0.0.1:{port}"));
    let mut baton = dev(&shop, data.path(), port);
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

    let _baton = dev(&shop, data.path(), port);
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
