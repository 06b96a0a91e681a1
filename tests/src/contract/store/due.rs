//! Due times: claimed at their moment, by one, for a while.

use super::{NONE, append, at, claim, id, named, one, only, row, v, write};
use baton_engine::store::{Append, AppendError, DueKind, Duty, Row, Store};
use futures_util::future::join_all;

pub(super) async fn timer_at_its_moment<S: Store>(store: &S) {
    write(
        store,
        Append {
            timer: Some(at(300)),
            ..append("c", NONE, 1, "x")
        },
    )
    .await;
    write(
        store,
        Append {
            timer: Some(at(100)),
            ..append("a", NONE, 2, "x")
        },
    )
    .await;
    write(
        store,
        Append {
            timer: Some(at(200)),
            ..append("b", NONE, 3, "x")
        },
    )
    .await;
    write(store, append("none", NONE, 4, "x")).await;
    assert_eq!(
        claim(store, 99, 1_000).await,
        vec![],
        "nothing comes before its moment"
    );
    assert_eq!(
        claim(store, 100, 1_000).await,
        only("a", DueKind::Timer),
        "it comes at its moment"
    );
    let rest = claim(store, 300, 1_000).await;
    let sagas: Vec<_> = rest.iter().map(|(saga, _)| saga.as_str()).collect();
    assert_eq!(sagas, ["b", "c"], "and everything whose moment has passed");
}

pub(super) async fn claim_holds<S: Store>(store: &S) {
    write(
        store,
        Append {
            timer: Some(at(100)),
            ..append("a", NONE, 1, "x")
        },
    )
    .await;
    assert_eq!(
        claim(store, 150, 500).await,
        only("a", DueKind::Timer),
        "claimed"
    );
    assert_eq!(
        claim(store, 499, 900).await,
        vec![],
        "nobody else gets it before the claim ends"
    );
    assert_eq!(
        claim(store, 500, 900).await,
        only("a", DueKind::Timer),
        "then it comes again"
    );
    assert_eq!(claim(store, 899, 900).await, vec![], "and is claimed again");
    assert_eq!(
        claim(store, 10_000, 20_000).await,
        only("a", DueKind::Timer),
        "for ever"
    );
}

pub(super) async fn limit<S: Store>(store: &S) {
    for nth in 0..30 {
        let timer = Some(at(100 + nth % 3));
        write(
            store,
            Append {
                timer,
                ..append(&format!("s{nth:02}"), NONE, nth + 1, "x")
            },
        )
        .await;
    }
    let mut all = Vec::new();
    while all.len() < 30 {
        let some = named(
            store
                .due(at(200), at(900), 7)
                .await
                .expect("due times can be claimed"),
        );
        assert!(some.len() <= 7, "at most as many as asked for: {some:?}");
        assert!(!some.is_empty(), "30 are due, only {} came", all.len());
        all.extend(some);
    }
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 30, "each comes once, whatever the limit");
}

pub(super) async fn racing_claims<S: Store>(store: &S) {
    for nth in 0..50 {
        write(
            store,
            Append {
                timer: Some(at(100)),
                ..append(&format!("s{nth}"), NONE, nth + 1, "x")
            },
        )
        .await;
    }
    let claims = join_all((0..8).map(|_| claim(store, 200, 900))).await;
    let mut all = claims.concat();
    assert_eq!(all.len(), 50, "every due time is claimed by exactly one");
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 50, "and by no second one");
}

pub(super) async fn append_replaces_timer<S: Store>(store: &S) {
    write(
        store,
        Append {
            timer: Some(at(100)),
            ..append("a", NONE, 1, "x")
        },
    )
    .await;
    write(
        store,
        Append {
            timer: Some(at(400)),
            ..append("a", v(1, 1), 2, "x")
        },
    )
    .await;
    assert_eq!(
        claim(store, 399, 900).await,
        vec![],
        "the earlier timer is replaced"
    );
    assert_eq!(
        claim(store, 400, 900).await,
        only("a", DueKind::Timer),
        "by the later"
    );
    write(
        store,
        Append {
            timer: Some(at(300)),
            ..append("a", v(2, 2), 3, "x")
        },
    )
    .await;
    assert_eq!(
        claim(store, 400, 900).await,
        only("a", DueKind::Timer),
        "a claimed one too"
    );
    write(store, append("a", v(3, 3), 4, "x")).await;
    assert_eq!(
        claim(store, 10_000, 20_000).await,
        vec![],
        "no timer means none"
    );
}

pub(super) async fn stale_leaves_due_times<S: Store>(store: &S) {
    let first = Append {
        timer: Some(at(100)),
        duty: Duty::Owed(at(100)),
        ..append("a", NONE, 1, "x")
    };
    write(store, first).await;
    let stale = Append {
        timer: Some(at(500)),
        duty: Duty::Clear,
        expires: Some(at(50)),
        row: Row {
            status: "completed".into(),
            ..row()
        },
        ..append("a", NONE, 2, "y")
    };
    assert_eq!(
        one(store, stale).await,
        Err(AppendError::Stale { found: v(1, 1) }),
        "it is stale"
    );
    let due = claim(store, 100, 900).await;
    let both = [only("a", DueKind::Timer), only("a", DueKind::Duty)].concat();
    assert_eq!(due, both, "a stale append moves no due time");
}

pub(super) async fn duty<S: Store>(store: &S) {
    write(
        store,
        Append {
            duty: Duty::Owed(at(100)),
            ..append("a", NONE, 1, "x")
        },
    )
    .await;
    assert_eq!(
        claim(store, 99, 900).await,
        vec![],
        "a duty waits for its moment"
    );
    assert_eq!(
        claim(store, 100, 200).await,
        only("a", DueKind::Duty),
        "a duty unsettled comes"
    );
    write(store, append("a", v(1, 1), 2, "x")).await;
    assert_eq!(
        claim(store, 199, 900).await,
        vec![],
        "kept, its claim holds"
    );
    assert_eq!(
        claim(store, 200, 300).await,
        only("a", DueKind::Duty),
        "kept, it comes again"
    );
    write(
        store,
        Append {
            duty: Duty::Owed(at(500)),
            ..append("a", v(2, 2), 3, "x")
        },
    )
    .await;
    assert_eq!(
        claim(store, 499, 900).await,
        vec![],
        "owed anew, it has the new moment"
    );
    assert_eq!(
        claim(store, 500, 600).await,
        only("a", DueKind::Duty),
        "and comes then"
    );
    write(
        store,
        Append {
            duty: Duty::Clear,
            ..append("a", v(3, 3), 4, "x")
        },
    )
    .await;
    assert_eq!(
        claim(store, 10_000, 20_000).await,
        vec![],
        "cleared, it is gone"
    );
    write(store, append("a", v(4, 4), 5, "x")).await;
    assert_eq!(
        claim(store, 10_000, 20_000).await,
        vec![],
        "keeping none gives none"
    );
}

pub(super) async fn duty_and_timer<S: Store>(store: &S) {
    let both = Append {
        timer: Some(at(30)),
        duty: Duty::Owed(at(20)),
        ..append("b", NONE, 6, "x")
    };
    write(store, both).await;
    assert_eq!(
        claim(store, 20, 900).await,
        only("b", DueKind::Duty),
        "duty and timer stand apart"
    );
    assert_eq!(
        claim(store, 30, 900).await,
        only("b", DueKind::Timer),
        "duty and timer stand apart"
    );
}

pub(super) async fn expiry<S: Store>(store: &S) {
    let done = |expected, txid, expires| Append {
        row: Row {
            status: "completed".into(),
            ..row()
        },
        expires: Some(at(expires)),
        ..append("a", expected, txid, "x")
    };
    write(store, append("a", NONE, 1, "x")).await;
    write(store, done(v(1, 1), 2, 500)).await;
    assert_eq!(
        claim(store, 499, 900).await,
        vec![],
        "not before its retention ends"
    );
    write(store, done(v(2, 2), 3, 600)).await;
    assert_eq!(
        claim(store, 599, 900).await,
        vec![],
        "a later append moves the end"
    );
    assert_eq!(
        claim(store, 600, 900).await,
        only("a", DueKind::Expiry),
        "then it comes"
    );
    assert_eq!(
        claim(store, 900, 999).await,
        only("a", DueKind::Expiry),
        "until it is forgotten"
    );
    assert_eq!(store.forget(id("a")).await, Ok(()), "forgotten");
    assert_eq!(claim(store, 10_000, 20_000).await, vec![], "and not again");
}

pub(super) async fn next_due<S: Store>(store: &S) {
    let soonest = |moment, by| match moment {
        Ok(Some(moment)) => assert!(moment <= at(by), "next_due {moment} is after {}", at(by)),
        other => panic!("something is due at {}, next_due says {other:?}", at(by)),
    };
    write(
        store,
        Append {
            timer: Some(at(900)),
            ..append("a", NONE, 1, "x")
        },
    )
    .await;
    soonest(store.next_due().await, 900);
    write(
        store,
        Append {
            duty: Duty::Owed(at(300)),
            ..append("b", NONE, 2, "x")
        },
    )
    .await;
    soonest(store.next_due().await, 300);
    write(
        store,
        Append {
            expires: Some(at(200)),
            ..append("c", NONE, 3, "x")
        },
    )
    .await;
    soonest(store.next_due().await, 200);
    assert_eq!(
        claim(store, 300, 700).await.len(),
        2,
        "the duty and the expiry"
    );
    soonest(store.next_due().await, 700);
}
