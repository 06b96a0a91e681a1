//! What became of due times: noted for the journal it was about, ignored for any other.

use super::{NONE, append, at, claim, id, only, v, write};
use baton_engine::store::{Append, DueKind, Duty, Settled, Store};

fn settled(saga: &str, seq: u64) -> Settled {
    Settled {
        saga: id(saga),
        at: v(seq, seq),
        duty: false,
        timer: None,
    }
}

async fn settle<S: Store>(store: &S, batch: Vec<Settled>) {
    assert_eq!(store.settle(batch).await, Ok(()), "settling is answered");
}

pub(super) async fn clears_duty<S: Store>(store: &S) {
    for saga in ["a", "b"] {
        let owed = Append {
            duty: Duty::Owed(at(100)),
            timer: Some(at(500)),
            ..append(saga, NONE, 1, "x")
        };
        write(store, owed).await;
    }
    settle(
        store,
        vec![
            Settled {
                duty: true,
                ..settled("a", 1)
            },
            settled("b", 1),
        ],
    )
    .await;
    assert_eq!(
        claim(store, 100, 200).await,
        only("b", DueKind::Duty),
        "only what was confirmed"
    );
    settle(
        store,
        vec![Settled {
            duty: true,
            ..settled("b", 1)
        }],
    )
    .await;
    assert_eq!(
        claim(store, 499, 900).await,
        vec![],
        "a claimed duty is settled too"
    );
    let timers = [only("a", DueKind::Timer), only("b", DueKind::Timer)].concat();
    assert_eq!(
        claim(store, 500, 900).await,
        timers,
        "timers are left as they were"
    );
    settle(store, vec![]).await;
}

pub(super) async fn replaces_timer<S: Store>(store: &S) {
    write(
        store,
        Append {
            timer: Some(at(100)),
            ..append("a", NONE, 1, "x")
        },
    )
    .await;
    assert_eq!(
        claim(store, 100, 200).await,
        only("a", DueKind::Timer),
        "claimed"
    );
    settle(
        store,
        vec![Settled {
            timer: Some(Some(at(400))),
            ..settled("a", 1)
        }],
    )
    .await;
    assert_eq!(
        claim(store, 399, 900).await,
        vec![],
        "the settled timer stands for the claimed"
    );
    assert_eq!(
        claim(store, 400, 500).await,
        only("a", DueKind::Timer),
        "and comes"
    );
    settle(store, vec![settled("a", 1)]).await;
    assert_eq!(
        claim(store, 499, 900).await,
        vec![],
        "saying nothing leaves the claim"
    );
    assert_eq!(
        claim(store, 500, 600).await,
        only("a", DueKind::Timer),
        "and it comes again"
    );
    settle(
        store,
        vec![Settled {
            timer: Some(None),
            ..settled("a", 1)
        }],
    )
    .await;
    assert_eq!(
        claim(store, 10_000, 20_000).await,
        vec![],
        "no timer any more"
    );
}

pub(super) async fn stale_is_ignored<S: Store>(store: &S) {
    write(
        store,
        Append {
            duty: Duty::Owed(at(100)),
            ..append("a", NONE, 1, "x")
        },
    )
    .await;
    let second = Append {
        duty: Duty::Owed(at(200)),
        timer: Some(at(200)),
        ..append("a", v(1, 1), 2, "x")
    };
    write(store, second).await;
    // The last one: another transition brought the journal to the same length.
    for other in [NONE, v(1, 1), v(3, 2), v(3, 3), v(2, 9)] {
        settle(
            store,
            vec![Settled {
                duty: true,
                timer: Some(None),
                at: other,
                ..settled("a", 2)
            }],
        )
        .await;
    }
    let both = [only("a", DueKind::Timer), only("a", DueKind::Duty)].concat();
    assert_eq!(
        claim(store, 200, 900).await,
        both,
        "what was settled for another version is ignored"
    );
}

pub(super) async fn missing_is_ignored<S: Store>(store: &S) {
    write(
        store,
        Append {
            duty: Duty::Owed(at(100)),
            ..append("a", NONE, 1, "x")
        },
    )
    .await;
    let nobody = Settled {
        duty: true,
        timer: Some(Some(at(5))),
        ..settled("nobody", 1)
    };
    let known = Settled {
        duty: true,
        ..settled("a", 1)
    };
    settle(store, vec![nobody, known]).await;
    assert_eq!(
        claim(store, 10_000, 20_000).await,
        vec![],
        "no saga, no due time; others settled"
    );
}
