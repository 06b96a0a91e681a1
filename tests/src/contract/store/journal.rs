//! Journals: created once, moved on by one, read as written.

use super::{NONE, append, at, claim, id, journal, one, v, write};
use baton_engine::store::{Append, AppendError, Store};
use futures_util::future::join_all;

pub(super) async fn creates_once<S: Store>(store: &S) {
    write(store, append("a", NONE, 1, "one")).await;
    assert_eq!(
        journal(store, "a").await,
        Some((1, b"one".to_vec())),
        "what was created is there"
    );
    let again = one(store, append("a", NONE, 2, "other")).await;
    assert_eq!(
        again,
        Err(AppendError::Stale { found: v(1, 1) }),
        "a saga is created only once"
    );
    assert_eq!(
        journal(store, "a").await,
        Some((1, b"one".to_vec())),
        "a refused creation is void"
    );
}

pub(super) async fn stale_changes_nothing<S: Store>(store: &S) {
    let missing = one(store, append("a", v(3, 1), 1, "x")).await;
    assert_eq!(
        missing,
        Err(AppendError::Stale { found: NONE }),
        "a saga not there has 0 events"
    );
    assert_eq!(
        journal(store, "a").await,
        None,
        "a stale append creates nothing"
    );

    write(
        store,
        Append {
            count: 3,
            ..append("a", NONE, 2, "abc")
        },
    )
    .await;
    // The last one: another transition brought the journal to the same length.
    for (nth, wrong) in (0..).zip([NONE, v(1, 2), v(2, 2), v(4, 2), v(100, 2), v(3, 9)]) {
        let answer = one(store, append("a", wrong, 100 + nth, "x")).await;
        assert_eq!(
            answer,
            Err(AppendError::Stale { found: v(3, 2) }),
            "expected {wrong:?} of 3 by 2"
        );
    }
    assert_eq!(
        journal(store, "a").await,
        Some((3, b"abc".to_vec())),
        "stale appends are void"
    );
    write(store, append("a", v(3, 2), 3, "d")).await;
    assert_eq!(
        journal(store, "a").await,
        Some((4, b"abcd".to_vec())),
        "the right version goes on"
    );
}

pub(super) async fn repetition<S: Store>(store: &S) {
    let first = Append {
        count: 2,
        timer: Some(at(50)),
        ..append("a", NONE, 7, "ab")
    };
    write(store, first.clone()).await;
    assert_eq!(
        one(store, first.clone()).await,
        Ok(()),
        "a repeated creation is answered Ok"
    );
    let second = append("a", v(2, 7), 8, "c");
    write(store, second.clone()).await;
    assert_eq!(
        one(store, second).await,
        Ok(()),
        "a repeated append is answered Ok"
    );
    assert_eq!(
        journal(store, "a").await,
        Some((3, b"abc".to_vec())),
        "and written once"
    );
    assert_eq!(
        claim(store, 100, 200).await,
        vec![],
        "and sets no timer again"
    );
    let other = one(store, append("a", v(2, 7), 9, "x")).await;
    assert_eq!(
        other,
        Err(AppendError::Stale { found: v(3, 8) }),
        "another txid is no repetition"
    );
}

pub(super) async fn one_racer_wins<S: Store>(store: &S) {
    let mut known = NONE;
    for round in 0..20_u64 {
        let racers = (0..16_u64).map(|racer| {
            one(
                store,
                append("a", known, 1 + round * 100 + racer, &format!("{racer:02}")),
            )
        });
        let answers = join_all(racers).await;
        let winners: Vec<_> = (0..16).filter(|racer| answers[*racer].is_ok()).collect();
        assert_eq!(
            winners.len(),
            1,
            "exactly one of the racers wins: {answers:?}"
        );
        known = v(round + 1, 1 + round * 100 + winners[0] as u64);
        for answer in answers.iter().filter(|answer| answer.is_err()) {
            let stale = Err(AppendError::Stale { found: known });
            assert_eq!(*answer, stale, "the others learn how far the saga is");
        }
        let (seq, events) = journal(store, "a").await.expect("the saga is there");
        assert_eq!(seq, round + 1, "one event a round");
        let written = format!("{:02}", winners[0]);
        assert!(
            events.ends_with(written.as_bytes()),
            "what the winner wrote is what is kept"
        );
    }
}

pub(super) async fn batch_is_independent<S: Store>(store: &S) {
    write(store, append("b", NONE, 1, "b1")).await;
    write(store, append("d", NONE, 2, "d1")).await;
    let batch = vec![
        append("a", NONE, 3, "a1"),
        append("b", NONE, 4, "no"),
        append("c", NONE, 5, "c1"),
        append("d", v(1, 2), 6, "d2"),
        append("e", v(9, 7), 7, "no"),
    ];
    let answers = store.append(batch).await;
    let expected = vec![
        Ok(()),
        Err(AppendError::Stale { found: v(1, 1) }),
        Ok(()),
        Ok(()),
        Err(AppendError::Stale { found: NONE }),
    ];
    assert_eq!(
        answers, expected,
        "each transition is answered in its place"
    );
    write(store, append("b", v(1, 1), 8, "b2")).await;
    for (saga, events) in [("a", "a1"), ("b", "b1b2"), ("c", "c1"), ("d", "d1d2")] {
        let kept = journal(store, saga).await.map(|(_, events)| events);
        assert_eq!(
            kept,
            Some(events.as_bytes().to_vec()),
            "journal of `{saga}`"
        );
    }
    assert_eq!(
        journal(store, "e").await,
        None,
        "a refused transition leaves nothing"
    );
    assert_eq!(store.append(vec![]).await, vec![], "an empty batch is fine");
}

pub(super) async fn missing_is_none<S: Store>(store: &S) {
    write(store, append("a", NONE, 1, "x")).await;
    write(store, append("b", NONE, 2, "y")).await;
    let wanted = ["no", "b", "a", "b", "neither"];
    let answers = store
        .load(wanted.iter().map(|saga| id(saga)).collect())
        .await;
    let found: Vec<_> = answers
        .into_iter()
        .map(|answer| {
            answer
                .expect("the store can be read")
                .map(|stored| stored.events)
        })
        .collect();
    let (x, y) = (Some(b"x".to_vec()), Some(b"y".to_vec()));
    assert_eq!(
        found,
        vec![None, y.clone(), x, y, None],
        "answers come in the order of the asking"
    );
    assert!(
        store.load(vec![]).await.is_empty(),
        "loading nothing is fine"
    );
}

pub(super) async fn bytes_are_kept<S: Store>(store: &S) {
    let every: Vec<u8> = (0..=255).collect();
    let parts: [&[u8]; 4] = [
        &every,
        b"\r\n\0\r\n",
        &[0xff; 300],
        b"{\"json\":\"\xc3\xa4\"}",
    ];
    let mut whole = Vec::new();
    for (nth, part) in (0..).zip(parts) {
        let events = part.to_vec();
        write(
            store,
            Append {
                events,
                count: 5,
                ..append("a", v(nth * 5, nth), nth + 1, "")
            },
        )
        .await;
        whole.extend_from_slice(part);
        assert_eq!(
            journal(store, "a").await,
            Some((nth * 5 + 5, whole.clone())),
            "part {nth}"
        );
    }
}

pub(super) async fn large_journal<S: Store>(store: &S) {
    let big: Vec<u8> = (0..1024 * 1024_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    write(
        store,
        Append {
            events: big.clone(),
            ..append("a", NONE, 1, "")
        },
    )
    .await;
    let mut whole = big;
    for nth in 1..=200 {
        let part = format!("<event {nth}>");
        write(store, append("a", v(nth, nth), nth + 1, &part)).await;
        whole.extend_from_slice(part.as_bytes());
    }
    let (seq, events) = journal(store, "a").await.expect("the saga is there");
    assert_eq!(seq, 201, "every event counts");
    assert!(
        events == whole,
        "a journal of {} bytes reads as it was written",
        whole.len()
    );
}
