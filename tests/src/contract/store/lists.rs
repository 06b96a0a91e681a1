//! Lists: the latest rows that fit, newest first, in pages.

use super::{NONE, append, at, id, row, v, write};
use baton_engine::store::{Append, Query, Row, Store};
use baton_shared::SagaId;

async fn list<S: Store>(store: &S, query: Query) -> Vec<String> {
    let rows = store.list(query).await.expect("rows can be listed");
    rows.into_iter()
        .map(|(saga, _)| saga.as_str().to_owned())
        .collect()
}

fn all() -> Query {
    Query {
        limit: 1_000,
        ..Query::default()
    }
}

pub(super) async fn newest_first<S: Store>(store: &S) {
    assert_eq!(
        list(store, all()).await,
        Vec::<String>::new(),
        "an empty store lists nothing"
    );
    for (nth, (saga, created)) in (1..).zip([("b", 200), ("d", 400), ("a", 100), ("c", 300)]) {
        let row = Row {
            created_at: at(created),
            ..row()
        };
        write(
            store,
            Append {
                row,
                ..append(saga, NONE, nth, "x")
            },
        )
        .await;
    }
    assert_eq!(
        list(store, all()).await,
        ["d", "c", "b", "a"],
        "newest first"
    );
    assert_eq!(
        list(store, Query { limit: 2, ..all() }).await,
        ["d", "c"],
        "no more than asked for"
    );
    let after = Some((at(300), id("c")));
    assert_eq!(
        list(store, Query { after, ..all() }).await,
        ["b", "a"],
        "going on after a row"
    );
    let after = Some((at(250), id("gone")));
    assert_eq!(
        list(store, Query { after, ..all() }).await,
        ["b", "a"],
        "also one that is gone"
    );
}

pub(super) async fn latest_row<S: Store>(store: &S) {
    write(store, append("a", NONE, 1, "x")).await;
    let latest = Row {
        status: "suspended".into(),
        updated_at: at(2_000),
        held: 3,
        ..row()
    };
    write(
        store,
        Append {
            row: latest.clone(),
            ..append("a", v(1, 1), 2, "x")
        },
    )
    .await;
    let rows = store.list(all()).await.expect("rows can be listed");
    assert_eq!(
        rows,
        vec![(id("a"), latest)],
        "one row a saga, the one last written"
    );
    let running = Query {
        status: Some("running".into()),
        ..all()
    };
    assert_eq!(
        list(store, running).await,
        Vec::<String>::new(),
        "filters see the latest row"
    );
}

pub(super) async fn filters<S: Store>(store: &S) {
    let rows = [
        ("a", "shop/order", "running", 0),
        ("b", "shop/order", "suspended", 1),
        ("c", "shop/refund", "running", 0),
        ("d", "shop/refund", "suspended", 2),
        ("e", "shop/order", "completed", 0),
        ("f", "shop/order2", "compensating", 1),
    ];
    for (nth, (saga, workflow, status, held)) in (1..).zip(rows) {
        let mut transition = append(saga, NONE, nth, "x");
        transition.row.workflow = workflow.into();
        transition.row.status = status.into();
        transition.row.held = held;
        transition.row.created_at = at(nth * 100);
        write(store, transition).await;
    }
    let cases: [(Query, &[&str]); 8] = [
        (with(Some("running"), None, false), &["c", "a"]),
        (with(Some("cancelled"), None, false), &[]),
        (with(None, Some("shop/order"), false), &["e", "b", "a"]),
        (with(None, None, true), &["f", "d", "b"]),
        (with(Some("suspended"), Some("shop/refund"), false), &["d"]),
        (with(Some("suspended"), None, true), &["d", "b"]),
        (
            Query {
                limit: 1,
                ..with(None, None, true)
            },
            &["f"],
        ),
        (after_f(with(None, None, true)), &["d", "b"]),
    ];
    for (query, expected) in cases {
        let found = list(store, query.clone()).await;
        assert_eq!(found, expected, "rows for {query:?}");
    }
}

fn with(status: Option<&str>, workflow: Option<&str>, held: bool) -> Query {
    Query {
        status: status.map(str::to_owned),
        workflow: workflow.map(str::to_owned),
        held,
        ..all()
    }
}

/// Goes on after the row of `f`, the newest with open dead letters.
fn after_f(query: Query) -> Query {
    let after = Some((at(600), id("f")));
    Query { after, ..query }
}

pub(super) async fn paging<S: Store>(store: &S) {
    // Moments shared by several rows: pages must not lose or repeat any of them.
    for nth in 0..100 {
        let status = if nth % 4 == 0 { "completed" } else { "running" };
        let row = Row {
            created_at: at(1_000 + nth / 7),
            status: status.into(),
            ..row()
        };
        write(
            store,
            Append {
                row,
                ..append(&format!("s{nth:03}"), NONE, nth + 1, "x")
            },
        )
        .await;
    }
    for (status, expected) in [(None, 100), (Some("completed".to_owned()), 25)] {
        let mut seen: Vec<(SagaId, Row)> = Vec::new();
        loop {
            let after = seen
                .last()
                .map(|(saga, row)| (row.created_at, saga.clone()));
            let query = Query {
                status: status.clone(),
                after,
                limit: 9,
                ..Query::default()
            };
            let page = store.list(query).await.expect("rows can be listed");
            assert!(page.len() <= 9, "a page is no longer than asked for");
            if page.is_empty() {
                break;
            }
            seen.extend(page);
            assert!(seen.len() <= 100, "pages go on for ever");
        }
        let created: Vec<_> = seen.iter().map(|(_, row)| row.created_at).collect();
        assert!(
            created.is_sorted_by(|a, b| a >= b),
            "newest first across pages: {created:?}"
        );
        let mut ids: Vec<_> = seen.into_iter().map(|(saga, _)| saga).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(
            ids.len(),
            expected,
            "every row once over all pages ({status:?})"
        );
    }
}
