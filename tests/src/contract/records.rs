//! The laws of the port `Records`.

use super::law;
use baton_shared::port::{RecordKind, Records};
use futures_util::future::{join, join_all};

const LISTED: [RecordKind; 2] = [RecordKind::Definition, RecordKind::Orphan];
const ALL: [RecordKind; 3] = [
    RecordKind::Result,
    RecordKind::Definition,
    RecordKind::Orphan,
];

/// Runs every law. `make` gives empty records each time.
pub async fn exercise<R: Records>(make: impl AsyncFn() -> R) {
    law("the first value stays", &make, first_value_stays).await;
    law("of racing values one stays", &make, one_racer_stays).await;
    law("each is told of its own", &make, each_of_its_own).await;
    law("values are bytes", &make, values_are_bytes).await;
    law("kinds are apart", &make, kinds_are_apart).await;
    law("what is removed is gone", &make, removal).await;
    law("a scan goes in key order", &make, scan_in_order).await;
}

async fn value<R: Records>(records: &R, kind: RecordKind, key: &str) -> Option<Vec<u8>> {
    records.get(kind, key).await.expect("records can be read")
}

async fn put<R: Records>(
    records: &R,
    kind: RecordKind,
    key: &str,
    value: &[u8],
) -> Option<Vec<u8>> {
    records
        .put_new(kind, key, value.to_vec())
        .await
        .expect("records can be written")
}

async fn first_value_stays<R: Records>(records: &R) {
    for kind in ALL {
        let key = "shop/order@1.0.0";
        assert_eq!(
            value(records, kind, key).await,
            None,
            "{kind:?}: nothing at first"
        );
        assert_eq!(
            put(records, kind, key, b"one").await,
            None,
            "{kind:?}: the first is new"
        );
        assert_eq!(
            value(records, kind, key).await,
            Some(b"one".to_vec()),
            "{kind:?}: and there"
        );
        let had = put(records, kind, key, b"two").await;
        assert_eq!(
            had,
            Some(b"one".to_vec()),
            "{kind:?}: the second learns of the first"
        );
        assert_eq!(
            value(records, kind, key).await,
            Some(b"one".to_vec()),
            "{kind:?}: which stays"
        );
    }
}

async fn one_racer_stays<R: Records>(records: &R) {
    for kind in ALL {
        let values: Vec<_> = (0..10_u8).map(|racer| vec![racer; 3]).collect();
        let puts = values.iter().map(|value| put(records, kind, "key", value));
        let answers = join_all(puts).await;
        let winners: Vec<_> = (0..10).filter(|racer| answers[*racer].is_none()).collect();
        assert_eq!(
            winners.len(),
            1,
            "{kind:?}: exactly one of the racers is the first"
        );
        let kept = Some(values[winners[0]].clone());
        assert_eq!(
            value(records, kind, "key").await,
            kept,
            "{kind:?}: and its value stays"
        );
        let told = answers.into_iter().filter(Option::is_some);
        assert!(
            told.into_iter().all(|told| told == kept),
            "{kind:?}: the others learn of it"
        );
    }
}

/// Whoever asks, and however many ask at once.
async fn each_of_its_own<R: Records>(records: &R) {
    let keys: Vec<_> = (0..600).map(|number| format!("s-{number}/a")).collect();
    for kind in ALL {
        let (kept, missing) = keys.split_at(400);
        let first = kept
            .iter()
            .map(|key| put(records, kind, key, key.as_bytes()));
        assert!(
            join_all(first).await.iter().all(Option::is_none),
            "{kind:?}: all are new"
        );
        let second = kept.iter().map(|key| put(records, kind, key, b"another"));
        let read = keys.iter().map(|key| value(records, kind, key));
        let (had, found) = join(join_all(second), join_all(read)).await;
        let own = |key: &String| Some(key.clone().into_bytes());
        assert!(
            had.into_iter().eq(kept.iter().map(own)),
            "{kind:?}: each learns of its own first"
        );
        let there = kept.iter().map(own).chain(missing.iter().map(|_| None));
        assert!(
            found.into_iter().eq(there),
            "{kind:?}: each reads its own, or nothing"
        );
    }
}

async fn values_are_bytes<R: Records>(records: &R) {
    let large: Vec<u8> = (0..1024 * 1024_u32).map(|i| (i >> 7) as u8).collect();
    let every: Vec<u8> = (0..=255).collect();
    let values: [(&str, &[u8]); 4] = [
        ("every", &every),
        ("zeros", &[0; 10]),
        ("line", b"\r\n$5\r\n"),
        ("large", &large),
    ];
    for kind in ALL {
        for (key, bytes) in values {
            put(records, kind, key, bytes).await;
            let kept = value(records, kind, key).await;
            assert!(
                kept.as_deref() == Some(bytes),
                "{kind:?}: `{key}` reads as it was written"
            );
        }
    }
}

async fn kinds_are_apart<R: Records>(records: &R) {
    for kind in ALL {
        assert_eq!(
            put(records, kind, "key", kind.name().as_bytes()).await,
            None,
            "{kind:?}"
        );
    }
    for kind in ALL {
        let kept = value(records, kind, "key").await;
        assert_eq!(
            kept.as_deref(),
            Some(kind.name().as_bytes()),
            "{kind:?} has its own keys"
        );
    }
    records
        .remove(RecordKind::Definition, "key")
        .await
        .expect("a key can be removed");
    assert!(
        value(records, RecordKind::Orphan, "key").await.is_some(),
        "removal is of one kind"
    );
}

async fn removal<R: Records>(records: &R) {
    for kind in ALL {
        put(records, kind, "key", b"one").await;
        assert_eq!(
            records.remove(kind, "key").await,
            Ok(()),
            "{kind:?}: a key can be removed"
        );
        assert_eq!(
            value(records, kind, "key").await,
            None,
            "{kind:?}: its value is gone"
        );
        assert_eq!(
            records.remove(kind, "key").await,
            Ok(()),
            "{kind:?}: removing again is fine"
        );
        assert_eq!(
            put(records, kind, "key", b"two").await,
            None,
            "{kind:?}: the key is free again"
        );
        assert_eq!(
            value(records, kind, "key").await,
            Some(b"two".to_vec()),
            "{kind:?}: new value"
        );
    }
}

async fn scan_in_order<R: Records>(records: &R) {
    for kind in LISTED {
        assert_eq!(
            records.scan(kind, None, 10).await,
            Ok(vec![]),
            "{kind:?}: nothing at first"
        );
        for nth in [3, 1, 4, 15, 9, 2, 6, 53, 5, 8] {
            put(records, kind, &format!("ns/k{nth}"), &[nth]).await;
        }
        records
            .remove(kind, "ns/k9")
            .await
            .expect("a key can be removed");
        let expected = [1, 15, 2, 3, 4, 5, 53, 6, 8].map(|nth| (format!("ns/k{nth}"), vec![nth]));
        let all = records
            .scan(kind, None, 100)
            .await
            .expect("keys can be listed");
        assert_eq!(
            all, expected,
            "{kind:?}: all keys in order, with their values"
        );
        let mut paged: Vec<(String, Vec<u8>)> = Vec::new();
        loop {
            let after = paged.last().map(|(key, _)| key.as_str());
            let page = records
                .scan(kind, after, 4)
                .await
                .expect("keys can be listed");
            assert!(
                page.len() <= 4,
                "{kind:?}: a page is no longer than asked for"
            );
            assert!(
                paged.len() <= expected.len(),
                "{kind:?}: pages go on for ever"
            );
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged, expected, "{kind:?}: pages cover all keys once");
        let from = records
            .scan(kind, Some("ns/k4x"), 2)
            .await
            .expect("keys can be listed");
        assert_eq!(
            from,
            expected[5..7],
            "{kind:?}: after a key that is not there"
        );
    }
}
