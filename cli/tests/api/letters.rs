//! Dead letters: listed, shown, settled.

use crate::problem;
use crate::stage::Api;
use serde_json::json;

#[tokio::test]
async fn dead_letters_are_settled_one_by_one() {
    let api = Api::start().await;
    let stands = json!({ "id": "o-1", "status": "compensating" });
    api.answer(
        "POST /v1/dead-letters/o-1/charge%5B3%5D%3Aundo/retry",
        200,
        stands.clone(),
    );
    let (status, body) = problem(
        409,
        "dead-letter-closed",
        "it is settled",
        "its outcome arrived after all",
    );
    api.answer("POST /v1/dead-letters/o-2/a/retry", status, body);
    let ran = api
        .baton(&["dlq", "retry", "o-2/a", "o-1/charge[3]:undo"])
        .await;
    assert_eq!(
        (ran.exit, ran.out.as_str()),
        (1, "retried o-1/charge[3]:undo  compensating\n")
    );
    assert!(
        ran.err
            .starts_with("error: o-2/a was not retried: it is settled"),
        "{}",
        ran.err
    );
    api.answer("POST /v1/dead-letters/o-1/a/skip", 200, stands);
    api.answer("POST /v1/dead-letters/-/42/drop", 204, json!(null));
    let ran = api
        .baton(&[
            "dlq",
            "skip",
            "o-1/a",
            "--output",
            "{\"id\":7}",
            "--reason",
            "by hand",
        ])
        .await;
    assert_eq!(
        (ran.exit, ran.out.as_str()),
        (0, "skipped o-1/a  compensating\n")
    );
    let ran = api
        .baton(&["dlq", "drop", "-/42", "--reason", "junk"])
        .await;
    assert_eq!((ran.exit, ran.out.as_str()), (0, "dropped -/42\n"));
    assert_eq!(
        api.heard()[2..],
        [
            r#"POST /v1/dead-letters/o-1/a/skip {"output":{"id":7},"reason":"by hand"}"#,
            r#"POST /v1/dead-letters/-/42/drop {"reason":"junk"}"#,
        ]
    );
}

#[tokio::test]
async fn retry_all_names_what_was_not_retried() {
    let api = Api::start().await;
    let (_, body) = problem(409, "saga-moved", "the saga has moved on", "");
    let answer = json!({ "retried": ["o-1/a"], "failed": [{ "id": "o-2/b", "problem": body }] });
    api.answer("POST /v1/dead-letters/retry", 200, answer);
    let ran = api
        .baton(&["dlq", "retry", "--all", "--service", "shipping"])
        .await;
    assert_eq!((ran.exit, ran.out.as_str()), (1, "retried o-1/a\n"));
    assert_eq!(
        ran.err,
        "error: o-2/b was not retried: the saga has moved on (409 saga-moved)\n"
    );
    assert_eq!(
        api.heard(),
        [r#"POST /v1/dead-letters/retry {"all":true,"service":"shipping"}"#]
    );
}

#[tokio::test]
async fn dead_letters_show_what_can_be_done() {
    let api = Api::start().await;
    let letter = json!({ "id": "o-1/a:undo", "saga": "o-1", "workflow": "shop/order", "step": "a:undo",
        "kind": "compensation", "service": "shipping", "operation": "shipping.cancel", "reason": "out of retries",
        "error": null, "attempts": 5, "heldAt": "2026-11-23T04:00:00.000Z", "actions": ["retry: the same call again", "drop: it stands"],
        "input": { "shipmentId": "s-1", "note": "x".repeat(1000) } });
    api.answer(
        "GET /v1/dead-letters?service=shipping&limit=20",
        200,
        json!({ "deadLetters": [letter], "next": null }),
    );
    api.answer("GET /v1/dead-letters/o-1/a%3Aundo", 200, letter.clone());
    let ran = api.baton(&["dlq", "list", "--service", "shipping"]).await;
    assert!(
        ran.out.contains("o-1/a:undo   shop/order  shipping.cancel"),
        "{}",
        ran.out
    );
    let ran = api.baton(&["dlq", "show", "o-1/a:undo"]).await;
    for part in [
        "out of retries",
        "compensation, shipping.cancel",
        "retry: the same",
        "baton dlq retry o-1/a:undo\n",
        "baton dlq drop o-1/a:undo",
        r#"{"shipmentId":"s-1""#,
        "xxx...",
    ] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    for refused in ["--input", "baton dlq skip"] {
        assert!(!ran.out.contains(refused), "{refused}: {}", ran.out);
    }
}
