//! Redis: the laws of the ports `Store` and `Records`, its death, its refusals.

use crate::{fresh, ran, until};
use baton_adapters::redis;
use baton_engine::store::{Append, AppendError, Durability, Duty, Query, Row, Store, Version};
use baton_shared::port::{RecordKind, Records, StoreError};
use baton_shared::{SagaId, Timestamp};
use baton_tests::brokers::{Fsync, Redis, RedisSettings};
use baton_tests::contract;
use futures_util::future::join_all;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

async fn store(server: &Redis, prefix: &str) -> redis::Store {
    let prefix = prefix.to_owned();
    redis::connect(redis::Settings {
        url: server.url(),
        prefix,
        ..redis::Settings::default()
    })
    .await
    .expect("Redis is there")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_contract_holds_on_redis() {
    let server = Redis::start(RedisSettings::default()).await.expect("Redis");
    contract::store::exercise(async || store(&server, &fresh()).await).await;
    contract::records::exercise(async || store(&server, &fresh()).await).await;
    ran("Redis", "every law of the ports Store and Records");
}

fn append(saga: &str, expected: Version, txid: u64, events: &[u8]) -> Append {
    let row = Row {
        workflow: "shop/order".into(),
        version: "1.0.0".into(),
        status: "running".into(),
        created_at: Timestamp(1_000),
        updated_at: Timestamp(1_000),
        held: 0,
    };
    Append {
        saga: id(saga),
        expected,
        txid,
        events: events.to_vec(),
        count: 1,
        row,
        timer: Some(Timestamp(5_000)),
        duty: Duty::Owed(Timestamp(2_000)),
        expires: None,
    }
}

fn id(saga: &str) -> SagaId {
    saga.parse().expect("a saga id")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_redis_answered_survives_its_death() {
    let mut server = Redis::start(RedisSettings::default()).await.expect("Redis");
    let store = store(&server, "baton").await;
    assert_eq!(store.durability(), Durability::Fsync);
    let kept = Arc::new(AtomicUsize::new(0));
    let stop = Arc::new(AtomicUsize::new(0));
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let (store, kept, stop) = (store.clone(), kept.clone(), stop.clone());
            tokio::spawn(async move {
                let (mut done, mut unsure) = (Vec::new(), Vec::new());
                for round in 0_u64.. {
                    let name = |nth: u64| format!("s{writer}-{round}-{nth}");
                    let batch: Vec<_> = (0..16)
                        .map(|nth| append(&name(nth), Version::NONE, 1 + round * 16 + nth, b"e"))
                        .collect();
                    let answers = store.append(batch.clone()).await;
                    for (append, answer) in batch.into_iter().zip(answers) {
                        match answer {
                            Ok(()) => {
                                kept.fetch_add(1, Ordering::Relaxed);
                                done.push(append.saga);
                            }
                            Err(AppendError::Store(StoreError::Unavailable(_))) => {
                                unsure.push(append);
                            }
                            Err(other) => panic!("an outage is no {other}"),
                        }
                    }
                    if !unsure.is_empty() || stop.load(Ordering::Relaxed) > 0 {
                        break;
                    }
                }
                (done, unsure)
            })
        })
        .collect();
    until("2,000 transitions are written", || {
        kept.load(Ordering::Relaxed) >= 2_000
    })
    .await;
    server.kill();
    let (mut done, mut unsure) = (Vec::new(), Vec::new());
    for writer in writers {
        let (more_done, more_unsure) = writer.await.expect("no panic");
        done.extend(more_done);
        unsure.extend(more_unsure);
    }
    assert!(!unsure.is_empty(), "the outage was noticed");
    assert!(
        matches!(store.trouble(), Some(StoreError::Unavailable(_))),
        "and is said"
    );
    server.restart().await.expect("Redis again");
    until("the trouble ends by itself", || store.trouble().is_none()).await;

    for stored in store.load(done.clone()).await {
        let stored = stored
            .expect("it can be read")
            .expect("what was answered is there");
        assert_eq!(stored.events, b"e");
    }
    let count = unsure.len();
    for answer in store.append(unsure).await {
        assert_eq!(answer, Ok(()), "a repetition is answered like the first");
    }
    ran(
        "Redis",
        &format!("killed: {} answered and kept, {count} repeated", done.len()),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_redis_refuses_whole_transitions_and_heals() {
    let settings = RedisSettings {
        maxmemory: Some(6_000_000),
        ..RedisSettings::default()
    };
    let server = Redis::start(settings).await.expect("Redis");
    let store = store(&server, "baton").await;
    let mut nth = 0;
    let refused = loop {
        let saga = format!("s{nth}");
        match store
            .append(vec![append(&saga, Version::NONE, nth, &[7; 65_536])])
            .await
            .remove(0)
        {
            Ok(()) => nth += 1,
            Err(error) => break (saga, error),
        }
        assert!(nth < 1_000, "six megabytes are never full");
    };
    assert!(
        matches!(refused.1, AppendError::Store(StoreError::Full(_))),
        "{:?}",
        refused.1
    );
    assert!(
        matches!(store.trouble(), Some(StoreError::Full(_))),
        "{:?}",
        store.trouble()
    );
    let missing = store.load(vec![id(&refused.0)]).await.remove(0);
    assert_eq!(missing, Ok(None), "nothing of it was written");
    let rows = store
        .list(Query {
            limit: 1_000,
            ..Query::default()
        })
        .await
        .expect("it is read");
    assert_eq!(rows.len() as u64, nth, "not even its row");
    let put = store
        .put_new(RecordKind::Result, "s1/a/t0.0/1", vec![1; 65_536])
        .await;
    assert!(matches!(put, Err(StoreError::Full(_))), "{put:?}");

    store
        .due(Timestamp(1), Timestamp(2), 9)
        .await
        .expect("nothing is due");
    store.settle(vec![]).await.expect("nothing is settled");
    assert!(
        matches!(store.trouble(), Some(StoreError::Full(_))),
        "which proves nothing"
    );
    for old in 0..nth / 2 {
        store
            .forget(id(&format!("s{old}")))
            .await
            .expect("making room is allowed");
    }
    until("room heals it by itself", || store.trouble().is_none()).await;
    let again = store
        .append(vec![append(&refused.0, Version::NONE, nth, b"small")])
        .await;
    assert_eq!(again, [Ok(())]);
    ran(
        "Redis",
        "out of memory: whole transitions are refused until there is room",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_forgets_scripts_and_is_refused_when_unfit() {
    let server = Redis::start(RedisSettings {
        password: Some("s3cret"),
        ..Default::default()
    })
    .await
    .expect("Redis");
    let store = store(&server, "baton").await;
    assert_eq!(
        store
            .append(vec![append("a", Version::NONE, 1, b"1")])
            .await,
        [Ok(())]
    );
    let flush = || server.cli(&["SCRIPT", "FLUSH"]).expect("redis-cli works");
    assert_eq!(flush(), "OK");
    let batch = vec![
        append("a", Version { seq: 1, txid: 1 }, 2, b"2"),
        append("b", Version::NONE, 3, b"3"),
    ];
    assert_eq!(store.append(batch).await, [Ok(()), Ok(())]);
    flush();
    let due = store
        .due(Timestamp(9_000), Timestamp(9_500), 10)
        .await
        .expect("claimed");
    assert_eq!(due.len(), 4, "a timer and a duty for each");
    flush();
    let rows = store
        .list(Query {
            limit: 9,
            ..Query::default()
        })
        .await
        .expect("listed");
    assert_eq!(rows.len(), 2);
    flush();
    let orphan = store.put_new(RecordKind::Orphan, "o", b"whole".to_vec());
    assert_eq!(orphan.await, Ok(None));
    ran("Redis", "a flushed script cache goes unnoticed");
    damaged_result(&server, &store).await;
    unfit(&server).await;
    classes().await;
}

/// Results that are put at once go together; what is wrong with one is told to nobody else.
async fn damaged_result(server: &Redis, store: &redis::Store) {
    let keys: Vec<_> = (0..50).map(|step| format!("a/s{step}")).collect();
    for key in &keys {
        let kept = store.put_new(RecordKind::Result, key, key.clone().into_bytes());
        assert_eq!(kept.await, Ok(None));
    }
    let found = server.cli(&["KEYS", "*:r:a/s7"]).expect("redis-cli works");
    assert!(found.ends_with("a/s7"), "its key is found: {found}");
    server.cli(&["DEL", &found]).expect("redis-cli works");
    let pushed = server.cli(&["LPUSH", &found, "x"]);
    assert_eq!(pushed.expect("redis-cli works"), "1");
    let again = keys
        .iter()
        .map(|key| store.put_new(RecordKind::Result, key, b"another".to_vec()));
    for (key, answer) in keys.iter().zip(join_all(again).await) {
        match key.as_str() {
            "a/s7" => assert!(matches!(answer, Err(StoreError::Damaged(_))), "{answer:?}"),
            _ => assert_eq!(answer, Ok(Some(key.clone().into_bytes()))),
        }
    }
    ran("Redis", "a damaged result is told only to who puts it");
}

/// Servers and settings that Baton must not start with. The last makes the server unfit for good.
async fn unfit(server: &Redis) {
    let refusal = async |settings: redis::Settings| {
        let error = redis::connect(settings)
            .await
            .err()
            .expect("it is refused")
            .to_string();
        assert!(
            !error.contains("wr0ng") && !error.contains("s3cret"),
            "{error}"
        );
        error
    };
    let settings = |url: String| redis::Settings {
        url,
        ..redis::Settings::default()
    };
    let login = refusal(settings(server.url().replace("s3cret", "wr0ng"))).await;
    assert!(login.contains("refuses the login"), "{login}");
    let login = refusal(settings(server.url().replace(":s3cret@", ""))).await;
    assert!(login.contains("refuses the login"), "{login}");
    let nobody = refusal(settings("redis://:s3cret@127.0.0.1:1".into())).await;
    assert!(nobody.contains("cannot be reached"), "{nobody}");
    let other = refusal(redis::Settings {
        partitions: 32,
        ..settings(server.url())
    })
    .await;
    assert!(other.contains("in 4 partitions"), "{other}");
    server
        .cli(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"])
        .expect("redis-cli works");
    let policy = refusal(settings(server.url())).await;
    assert!(
        policy.contains("allkeys-lru") && policy.contains("noeviction"),
        "{policy}"
    );
    ran(
        "Redis",
        "an unfit server is refused with a reason and without its password",
    );
}

async fn classes() {
    for (appendonly, fsync, class) in [
        (true, Fsync::EverySec, Durability::Second),
        (true, Fsync::No, Durability::Memory),
        (false, Fsync::Always, Durability::Memory),
    ] {
        let lesser = Redis::start(RedisSettings {
            appendonly,
            fsync,
            ..Default::default()
        });
        let lesser = lesser.await.expect("Redis");
        assert_eq!(self::store(&lesser, "baton").await.durability(), class);
    }
    ran("Redis", "the durability class is read from the server");
}
