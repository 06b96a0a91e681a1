//! Many sagas beside each other: every allowed id, forgotten ones, thousands.

use super::{NONE, append, at, claim, id, journal, row, write};
use baton_engine::store::{Append, Duty, Query, Row, Store};
use futures_util::future::join_all;

pub(super) async fn ids<S: Store>(store: &S) {
    let longest = "x".repeat(128);
    let alphabet: String = ('a'..='z')
        .chain('A'..='Z')
        .chain('0'..='9')
        .chain("-_.".chars())
        .collect();
    let ids = [
        "a",
        "A",
        "0",
        "a.a",
        "a-a",
        "a_a",
        "a..",
        "a--",
        "order-1",
        "order-10",
        "Order-1",
        &longest,
        &longest[1..],
        &alphabet,
    ];
    for (nth, saga) in (1..).zip(ids) {
        write(
            store,
            Append {
                timer: Some(at(10)),
                ..append(saga, NONE, nth, saga)
            },
        )
        .await;
    }
    for saga in ids {
        let kept = journal(store, saga).await;
        assert_eq!(
            kept,
            Some((1, saga.as_bytes().to_vec())),
            "`{saga}` has its own journal"
        );
    }
    let due: Vec<_> = claim(store, 10, 20)
        .await
        .into_iter()
        .map(|(saga, _)| saga)
        .collect();
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    assert_eq!(due, sorted, "each has its own timer");
    let rows = store
        .list(Query {
            limit: 100,
            ..Query::default()
        })
        .await
        .expect("a list");
    let mut listed: Vec<_> = rows.iter().map(|(saga, _)| saga.as_str()).collect();
    listed.sort_unstable();
    assert_eq!(listed, sorted, "each has its own row");
}

pub(super) async fn forget<S: Store>(store: &S) {
    let done = Append {
        row: Row {
            status: "completed".into(),
            ..row()
        },
        timer: Some(at(10)),
        duty: Duty::Owed(at(10)),
        expires: Some(at(10)),
        ..append("a", NONE, 1, "x")
    };
    write(store, done).await;
    write(store, append("b", NONE, 2, "y")).await;
    assert_eq!(
        store.forget(id("a")).await,
        Ok(()),
        "a saga can be forgotten"
    );
    assert_eq!(journal(store, "a").await, None, "its journal is gone");
    assert_eq!(
        claim(store, 100, 200).await,
        vec![],
        "its due times are gone"
    );
    let rows = store
        .list(Query {
            limit: 10,
            ..Query::default()
        })
        .await
        .expect("a list");
    let listed: Vec<_> = rows.iter().map(|(saga, _)| saga.as_str()).collect();
    assert_eq!(listed, ["b"], "its row is gone, the others stay");
    assert_eq!(
        store.forget(id("a")).await,
        Ok(()),
        "forgetting it again is fine"
    );
    write(store, append("a", NONE, 3, "new")).await;
    assert_eq!(
        journal(store, "a").await,
        Some((1, b"new".to_vec())),
        "its id is free again"
    );
}

pub(super) async fn many_sagas<S: Store>(store: &S) {
    let name = |nth: u64| format!("saga-{nth:04}");
    let create = |nth: u64| Append {
        events: name(nth).repeat(20).into_bytes(),
        timer: Some(at(1 + nth)),
        ..append(&name(nth), NONE, 1 + nth, "")
    };
    let batches = (0..2_000).collect::<Vec<_>>();
    let writes = batches
        .chunks(250)
        .map(|batch| store.append(batch.iter().map(|nth| create(*nth)).collect()));
    for answer in join_all(writes).await.into_iter().flatten() {
        assert_eq!(answer, Ok(()), "each of many creations is written");
    }
    let stored = store
        .load((0..2_000).map(|nth| id(&name(nth))).collect())
        .await;
    for (nth, answer) in (0..).zip(stored) {
        let stored = answer
            .expect("the store can be read")
            .expect("the saga is there");
        assert_eq!(
            stored.events,
            name(nth).repeat(20).into_bytes(),
            "journal of saga {nth}"
        );
    }
    assert_eq!(
        claim(store, 500, 9_000).await.len(),
        500,
        "those due are claimed"
    );
    let mut rest = Vec::new();
    while rest.len() < 1_500 {
        let some = claim(store, 5_000, 9_000).await;
        assert!(!some.is_empty(), "1,500 are due, {} came", rest.len());
        rest.extend(some);
    }
    rest.sort();
    rest.dedup();
    assert_eq!(rest.len(), 1_500, "each comes once");
}
