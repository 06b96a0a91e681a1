//! Journals: created once, moved on by one, read as written.

use super::{append, at, claim, id, journal, one, row, write};
use baton_engine::store::{Append, AppendError, Duty, Query, Row, Store};
use futures_util::future::join_all;

pub(super) async fn creates_once<S: Store>(store: &S) {
    write(store, append("a", 0, 1, "one")).await;
    assert_eq!(
        journal(store, "a").await,
        Some((1, b"one".to_vec())),
        "what was created is there"
    );
    let again = one(store, append("a", 0, 2, "other")).await;
    assert_eq!(
        again,
        Err(AppendError::Stale { found: 1 }),
        "a saga is created only once"
    );
    assert_eq!(
        journal(store, "a").await,
        Some((1, b"one".to_vec())),
        "a refused creation is void"
    );
}

pub(super) async fn stale_changes_nothing<S: Store>(store: &S) {
    let missing = one(store, append("a", 3, 1, "x")).await;
    assert_eq!(
        missing,
        Err(AppendError::Stale { found: 0 }),
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
            ..append("a", 0, 2, "abc")
        },
    )
    .await;
    for wrong in [0, 1, 2, 4, 100] {
        let answer = one(store, append("a", wrong, 100 + wrong, "x")).await;
        assert_eq!(
            answer,
            Err(AppendError::Stale { found: 3 }),
            "expected {wrong} of 3"
        );
    }
    assert_eq!(
        journal(store, "a").await,
        Some((3, b"abc".to_vec())),
        "stale appends are void"
    );
    write(store, append("a", 3, 3, "d")).await;
    assert_eq!(
        journal(store, "a").await,
        Some((4, b"abcd".to_vec())),
        "the right seq goes on"
    );
}

pub(super) async fn repetition<S: Store>(store: &S) {
    let first = Append {
        count: 2,
        timer: Some(at(50)),
        ..append("a", 0, 7, "ab")
    };
    write(store, first.clone()).await;
    assert_eq!(
        one(store, first.clone()).await,
        Ok(()),
        "a repeated creation is answered Ok"
    );
    let second = append("a", 2, 8, "c");
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
    let other = one(store, append("a", 2, 9, "x")).await;
    assert_eq!(
        other,
        Err(AppendError::Stale { found: 3 }),
        "another txid is no repetition"
    );
}

pub(super) async fn one_racer_wins<S: Store>(store: &S) {
    for round in 0..20_u64 {
        let racers = (0..16_u64).map(|racer| {
            one(
                store,
                append("a", round, 1 + round * 100 + racer, &format!("{racer:02}")),
            )
        });
        let answers = join_all(racers).await;
        let winners: Vec<_> = (0..16).filter(|racer| answers[*racer].is_ok()).collect();
        assert_eq!(
            winners.len(),
            1,
            "exactly one of the racers wins: {answers:?}"
        );
        for answer in answers.iter().filter(|answer| answer.is_err()) {
            let stale = Err(AppendError::Stale { found: round + 1 });
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
    write(store, append("b", 0, 1, "b1")).await;
    write(store, append("d", 0, 2, "d1")).await;
    let batch = vec![
        append("a", 0, 3, "a1"),
        append("b", 0, 4, "no"),
        append("c", 0, 5, "c1"),
        append("d", 1, 6, "d2"),
        append("e", 9, 7, "no"),
    ];
    let answers = store.append(batch).await;
    let expected = vec![
        Ok(()),
        Err(AppendError::Stale { found: 1 }),
        Ok(()),
        Ok(()),
        Err(AppendError::Stale { found: 0 }),
    ];
    assert_eq!(
        answers, expected,
        "each transition is answered in its place"
    );
    write(store, append("b", 1, 8, "b2")).await;
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
    write(store, append("a", 0, 1, "x")).await;
    write(store, append("b", 0, 2, "y")).await;
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
                ..append("a", nth * 5, nth + 1, "")
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
            ..append("a", 0, 1, "")
        },
    )
    .await;
    let mut whole = big;
    for nth in 1..=200 {
        let part = format!("<event {nth}>");
        write(store, append("a", nth, nth + 1, &part)).await;
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
                ..append(saga, 0, nth, saga)
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
        ..append("a", 0, 1, "x")
    };
    write(store, done).await;
    write(store, append("b", 0, 2, "y")).await;
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
    write(store, append("a", 0, 3, "new")).await;
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
        ..append(&name(nth), 0, 1 + nth, "")
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
