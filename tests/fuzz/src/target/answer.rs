//! What a service answered: the judgement is total, never better than what was said, and short.
//!
//! The input is an answer as text: `status take path`, headers, an empty line, the body. A first line of
//! `lost`, `late`, `large` or `unsent` is what else can come.

use super::{Target, text};
use baton_shared::nesting::{DEEPEST, is_deeper};
use baton_shared::request::Take;
use baton_shared::{
    Envelope, JobId, JobKind, Outcome, Problem, Request, StepId, Timestamp, Verdict,
};
use baton_worker::classify::{Answer, Came, EXCERPT, Rules, classify};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::LazyLock;

pub(super) const TARGET: Target = Target {
    name: "answer",
    run,
    seeds,
    words: &[
        "200 content",
        "204 raw",
        "200 response",
        "503 content",
        "429 content",
        "409 content",
        "lost",
        "late",
        "large",
        "unsent",
        "content-type: application/json",
        "charset=utf-16",
        "content-type: application/problem+json",
        "content-type: text/html",
        "retry-after: 1",
        "content-encoding: gzip",
        "\n\n",
        "{\"type\":",
        "\"detail\":",
        "\"title\":",
        "\u{7f}",
    ],
};

/// Listed in the catalogue as retryable; one of them could not be, as it is no error.
const RETRYABLE: [u16; 3] = [200, 409, 500];
const NOW: Timestamp = Timestamp(784_111_777_000);

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema = serde_json::json!({
        "anyOf": [{ "type": ["string", "null", "array", "number"] }, { "maxProperties": 3 }]
    });
    jsonschema::validator_for(&schema).expect("a schema")
});

fn seeds() -> Vec<Vec<u8>> {
    let json = "200 content\ncontent-type: application/json\n\n";
    [96, 97, 127, 128, 100_000]
        .map(|levels| format!("{json}{}{}", "[".repeat(levels), "]".repeat(levels)).into_bytes())
        .into_iter()
        .chain([format!("500 content\n\n{}", " \u{e9}".repeat(1 << 19)).into_bytes()])
        .collect()
}

fn run(bytes: &[u8]) {
    let (came, take) = read(bytes);
    let request = Request {
        method: "POST".to_owned(),
        target: "http://h/p".to_owned(),
        query: Vec::new(),
        headers: vec![("a".to_owned(), "b".to_owned())],
        body: None,
        take,
        redirect: false,
    };
    for (retryable, output) in [(&[][..], None), (&RETRYABLE[..], Some(&*SCHEMA))] {
        let rules = Rules { retryable, output };
        let (verdict, status) = classify(&came, rules, &request, NOW);
        judge(&came, &verdict, status, rules);
        kept(verdict, status);
    }
}

/// What the table of the contract allows for this status, and no more.
fn judge(came: &Came, verdict: &Verdict, status: Option<u16>, rules: Rules<'_>) {
    let Came::Answer(answer) = came else {
        let sent = !matches!(came, Came::NotSent { .. });
        assert_eq!(
            sent,
            matches!(verdict, Verdict::Unknown { .. }),
            "{verdict:?}"
        );
        return;
    };
    let code = answer.status;
    assert_eq!(status, Some(code));
    let listed = code >= 400 && rules.retryable.contains(&code);
    match verdict {
        Verdict::Succeeded { output } => {
            assert!((200..300).contains(&code), "{code} is no success");
            assert!(!is_deeper(output, DEEPEST));
            assert!(rules.output.is_none_or(|schema| schema.is_valid(output)));
        }
        Verdict::Rejected {
            retryable: true,
            retry_after_ms,
            problem,
        } => {
            let named = answer.headers.contains_key("retry-after");
            assert!(
                listed || matches!(code, 425 | 429) || (code == 503 && named),
                "{code}"
            );
            assert!(retry_after_ms.is_none_or(|wait| wait <= 86_400_000));
            short(problem, code);
        }
        Verdict::Rejected {
            retryable: false,
            problem,
            ..
        } => {
            let clear = (400..500).contains(&code) && ![408, 425, 429].contains(&code);
            assert!(clear && !listed, "{code} is no final rejection");
            short(problem, code);
        }
        Verdict::Unknown { problem } => {
            let refused = (400..500).contains(&code) && code != 408;
            assert!(!refused && !listed, "{code} is a clear answer");
            assert!(
                problem.detail.as_ref().is_none_or(|said| one_line(said)),
                "{problem:?}"
            );
        }
        Verdict::Accepted => panic!("no worker says so"),
    }
}

fn short(problem: &Problem, code: u16) {
    assert_eq!(problem.status, code, "the answer's own status");
    let texts = [
        Some(&problem.kind),
        Some(&problem.title),
        problem.detail.as_ref(),
    ];
    assert!(
        texts.into_iter().flatten().all(|text| one_line(text)),
        "{problem:?}"
    );
}

fn one_line(text: &str) -> bool {
    text.chars().count() <= EXCERPT && !text.chars().any(char::is_control)
}

/// What is judged must reach the orchestrator as it is.
fn kept(verdict: Verdict, status: Option<u16>) {
    let job = JobId {
        saga: "a".parse().expect("an id"),
        step: StepId::new("b"),
        kind: JobKind::Task,
        epoch: 0,
        round: 0,
        attempt: 1,
    };
    let outcome = Envelope::new(Outcome {
        job,
        verdict,
        status,
        redelivered: false,
        started_at: NOW,
        ended_at: NOW,
    });
    assert_eq!(Envelope::decode(&outcome.encode()), Ok(outcome));
}

fn read(bytes: &[u8]) -> (Came, Take) {
    let split = bytes.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = match split {
        Some(at) => (&bytes[..at], &bytes[at + 2..]),
        None => (bytes, &[][..]),
    };
    let head = text(head);
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().splitn(3, ' ');
    let (what, take) = (first.next().unwrap_or_default(), first.next());
    let take = match take {
        Some("raw") => Take::Raw,
        Some("response") => Take::Response,
        _ => Take::Content,
    };
    let why = text(body).into_owned();
    let came = match what {
        "unsent" => Came::NotSent { why },
        "late" => Came::TimedOut { status: Some(200) },
        "lost" => Came::Lost { status: None, why },
        "large" => Came::TooLarge {
            status: 200,
            limit: 1,
        },
        status => Came::Answer(Answer {
            // What hyper gives is a status of three digits.
            status: status
                .parse()
                .ok()
                .filter(|code| (100..1000).contains(code))
                .unwrap_or(200),
            headers: headers(lines),
            body: Bytes::copy_from_slice(body),
        }),
    };
    (came, take)
}

fn headers<'a>(lines: impl Iterator<Item = &'a str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")).take(100) {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}
