//! The law of verdicts, as a table: what came back, and what it proves.

use baton_shared::request::Take;
use baton_shared::{Request, Timestamp, Verdict};
use baton_worker::classify::{Answer, Came, EXCERPT, Rules, classify};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(784_111_777_000); // Sun, 06 Nov 1994 08:49:37 GMT

fn request(take: Take) -> Request {
    Request {
        method: "POST".into(),
        target: "/x".into(),
        query: Vec::new(),
        headers: Vec::new(),
        body: None,
        take,
        redirect: false,
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Came {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name: HeaderName = name.parse().expect("a name");
        map.append(
            name,
            HeaderValue::from_bytes(value.as_bytes()).expect("a value"),
        );
    }
    Came::Answer(Answer {
        status,
        headers: map,
        body: Bytes::copy_from_slice(body),
    })
}

/// The verdict in one word, as the table writes it.
fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Succeeded { .. } => "succeeded",
        Verdict::Accepted => "accepted",
        Verdict::Rejected {
            retryable: true, ..
        } => "retryable",
        Verdict::Rejected {
            retryable: false, ..
        } => "final",
        Verdict::Unknown { .. } => "unknown",
    }
}

fn judged(came: &Came, retryable: &[u16]) -> (Verdict, Option<u16>) {
    classify(
        came,
        Rules {
            retryable,
            output: None,
        },
        &request(Take::Content),
        NOW,
    )
}

#[test]
fn every_status_has_its_verdict() {
    for status in 100..=599 {
        let expected = match status {
            200..=299 => "succeeded",
            425 | 429 => "retryable",
            408 => "unknown",
            400..=499 => "final",
            _ => "unknown",
        };
        let (verdict, seen) = judged(&answer(status, &[], b""), &[]);
        assert_eq!((word(&verdict), seen), (expected, Some(status)), "{status}");
    }
}

/// Status, headers, the catalogue's `retryable`, the verdict.
type StatusRow = (
    u16,
    &'static [(&'static str, &'static str)],
    &'static [u16],
    &'static str,
);

#[test]
fn headers_and_the_catalogue_change_the_verdict() {
    let table: [StatusRow; 12] = [
        (503, &[("retry-after", "3")], &[], "retryable"),
        (
            503,
            &[("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT")],
            &[],
            "retryable",
        ),
        (503, &[("retry-after", "when it suits")], &[], "unknown"),
        (503, &[], &[503], "retryable"),
        (500, &[("retry-after", "3")], &[], "unknown"),
        (500, &[], &[500], "retryable"),
        (409, &[], &[409], "retryable"),
        (409, &[], &[404], "final"),
        (408, &[], &[408], "retryable"),
        (429, &[("retry-after", "1000000000")], &[], "retryable"),
        // A catalogue cannot make a success or a redirect a rejection.
        (200, &[], &[200], "succeeded"),
        (302, &[("location", "/y")], &[302], "unknown"),
    ];
    for (status, headers, retryable, expected) in table {
        let (verdict, _) = judged(&answer(status, headers, b""), retryable);
        assert_eq!(
            word(&verdict),
            expected,
            "{status} {headers:?} {retryable:?}"
        );
    }
}

#[test]
fn a_wish_to_wait_is_honoured_up_to_a_day() {
    let table = [
        ("0", Some(0)),
        ("3", Some(3000)),
        ("Sun, 06 Nov 1994 08:49:40 GMT", Some(3000)),
        ("1000000000", Some(86_400_000)),
        ("x", None),
    ];
    for (text, expected) in table {
        let (verdict, _) = judged(&answer(429, &[("retry-after", text)], b""), &[]);
        let Verdict::Rejected { retry_after_ms, .. } = verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!(retry_after_ms, expected, "{text}");
    }
}

#[test]
fn what_is_no_answer_is_unknown_unless_nothing_was_sent() {
    let lost = |status| Came::Lost {
        status,
        why: "reset".into(),
    };
    let table = [
        (
            Came::NotSent {
                why: "refused".into(),
            },
            "retryable",
            None,
        ),
        (Came::TimedOut { status: None }, "unknown", None),
        (Came::TimedOut { status: Some(200) }, "unknown", Some(200)),
        (lost(None), "unknown", None),
        (lost(Some(404)), "unknown", Some(404)),
        (
            Came::TooLarge {
                status: 200,
                limit: 10,
            },
            "unknown",
            Some(200),
        ),
    ];
    for (came, expected, status) in table {
        let (verdict, seen) = judged(&came, &[404, 503]);
        assert_eq!((word(&verdict), seen), (expected, status), "{came:?}");
    }
}

/// Content type, body, the output or a part of the complaint.
type BodyRow = (
    Option<&'static str>,
    &'static [u8],
    Result<Value, &'static str>,
);

#[test]
fn bodies_are_read_as_they_are_declared() {
    let table: [BodyRow; 14] = [
        (
            Some("application/json"),
            br#"{"a":1}"#,
            Ok(json!({ "a": 1 })),
        ),
        (
            Some("Application/JSON; charset=utf-8"),
            b"[1]",
            Ok(json!([1])),
        ),
        (Some("application/vnd.x+json"), b"null", Ok(Value::Null)),
        (None, b"7", Ok(json!(7))),
        (Some("application/json"), b"", Ok(Value::Null)),
        (Some("text/plain"), "grüß".as_bytes(), Ok(json!("grüß"))),
        (Some("application/pdf"), b"foo", Ok(json!("Zm9v"))),
        (
            Some("application/json"),
            b"<html>hello</html>",
            Err("should be JSON"),
        ),
        (None, b"<html>", Err("should be JSON")),
        (
            Some("application/json"),
            b"{\"a\":\"\xff\"}",
            Err("should be JSON"),
        ),
        (
            Some("application/json"),
            br#"{"a":1"#,
            Err("should be JSON"),
        ),
        (Some("application/json"), b"1e400", Err("should be JSON")),
        (Some("text/plain"), b"\xff\xfe", Err("not UTF-8")),
        (
            Some("application/json"),
            "[".repeat(10_000).leak().as_bytes(),
            Err("nested more than 96 levels deep"),
        ),
    ];
    for (kind, body, expected) in table {
        let headers: Vec<_> = kind
            .map(|kind| ("content-type", kind))
            .into_iter()
            .collect();
        let (verdict, status) = judged(&answer(200, &headers, body), &[]);
        assert_eq!(status, Some(200));
        match (verdict, expected) {
            (Verdict::Succeeded { output }, Ok(expected)) => assert_eq!(output, expected),
            (Verdict::Unknown { problem }, Err(part)) => {
                let detail = problem.detail.expect("a detail");
                assert!(detail.contains(part), "{detail}");
            }
            (verdict, expected) => panic!("{kind:?}: {verdict:?}, expected {expected:?}"),
        }
    }
}

#[test]
fn a_coding_nobody_asked_for_is_not_read() {
    let headers = [
        ("content-type", "application/json"),
        ("content-encoding", "gzip"),
    ];
    let (verdict, _) = judged(&answer(200, &headers, b"1"), &[]);
    assert_eq!(word(&verdict), "unknown");
}

#[test]
fn the_wrong_shape_is_unknown_and_says_what_is_wrong() {
    let schema = json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } } });
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let rules = Rules {
        retryable: &[],
        output: Some(&schema),
    };
    let judge = |body: &[u8]| {
        let came = answer(200, &[("content-type", "application/json")], body);
        classify(&came, rules, &request(Take::Content), NOW).0
    };
    assert_eq!(word(&judge(br#"{"id":"a"}"#)), "succeeded");
    for (body, part) in [(&br#"{"id":1}"#[..], "/id"), (b"{}", "id"), (b"", "object")] {
        let Verdict::Unknown { problem } = judge(body) else {
            panic!("is not unknown")
        };
        let detail = problem.detail.expect("a detail");
        assert!(detail.contains(part), "{detail}");
    }
}

#[test]
fn a_problem_body_is_carried_and_the_status_line_wins() {
    let body = json!({
        "type": "https://pay.example/declined", "title": "Card declined",
        "detail": "limit\u{7} reached", "status": 200, "balance": 3,
    });
    let headers = [("content-type", "application/problem+json")];
    let came = answer(402, &headers, body.to_string().as_bytes());
    let (Verdict::Rejected { problem, .. }, _) = judged(&came, &[]) else {
        panic!("not rejected")
    };
    assert_eq!(problem.kind, "https://pay.example/declined");
    assert_eq!(problem.title, "Card declined");
    assert_eq!(problem.detail.as_deref(), Some("limit reached"));
    assert_eq!(problem.status, 402);
}

#[test]
fn other_error_bodies_become_a_short_printable_excerpt() {
    let body = format!("<html>\n\0 no  such\x1b[31m page {}", "ü".repeat(5000));
    let (verdict, _) = judged(
        &answer(404, &[("content-type", "text/html")], body.as_bytes()),
        &[],
    );
    let Verdict::Rejected { problem, .. } = verdict else {
        panic!("{verdict:?}")
    };
    let detail = problem.detail.expect("a detail");
    assert!(detail.starts_with("<html> no such [31m page"), "{detail}");
    assert_eq!(detail.chars().count(), EXCERPT);
    assert!(detail.chars().all(|c| !c.is_control()));
    let (verdict, _) = judged(&answer(404, &[], b""), &[]);
    let Verdict::Rejected { problem, .. } = verdict else {
        panic!("{verdict:?}")
    };
    assert_eq!(
        (problem.title.as_str(), problem.detail),
        ("404 Not Found", None)
    );
}

#[test]
fn an_author_may_take_the_whole_response_or_the_bytes() {
    let came = answer(
        201,
        &[
            ("content-type", "application/json"),
            ("x-a", "1"),
            ("x-a", "2"),
        ],
        b"[1]",
    );
    let take = |take| {
        let mut request = request(take);
        request.headers = vec![("x-b".into(), "3".into())];
        match classify(
            &came,
            Rules {
                retryable: &[],
                output: None,
            },
            &request,
            NOW,
        )
        .0
        {
            Verdict::Succeeded { output } => output,
            verdict => panic!("{verdict:?}"),
        }
    };
    assert_eq!(take(Take::Raw), json!("WzFd"));
    assert_eq!(
        take(Take::Response),
        json!({
            "request": { "method": "POST", "uri": "/x", "headers": { "x-b": "3" } },
            "statusCode": 201,
            "headers": { "content-type": "application/json", "x-a": "1, 2" },
            "content": [1],
        })
    );
}
