//! What an answer's body means: JSON, text or bytes, by its content type.

use crate::base64;
use crate::classify::Answer;
use baton_shared::Request;
use baton_shared::nesting::{self, DEEPEST};
use baton_shared::request::Take;
use http::header;
use serde_json::{Map, Value, json};

/// The output of a success answer, as `request.take` asks for it; or in one sentence why the body is
/// not what it claims to be.
pub fn output(answer: &Answer, request: &Request) -> Result<Value, String> {
    let output = match request.take {
        Take::Raw => Value::String(base64::encode(&answer.body)),
        Take::Content => content(answer)?,
        Take::Response => json!({
            "request": {
                "method": request.method,
                "uri": request.target,
                "headers": request.headers.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
            },
            "statusCode": answer.status,
            "headers": headers(answer),
            "content": content(answer)?,
        }),
    };
    if nesting::is_deeper(&output, DEEPEST) {
        return Err(too_deep());
    }
    Ok(output)
}

fn too_deep() -> String {
    format!("it is nested more than {DEEPEST} levels deep")
}

/// The body, read by its content type: JSON where it says so or says nothing, text where it is text,
/// else base64. An empty body is null.
fn content(answer: &Answer) -> Result<Value, String> {
    if let Some(coding) = header_text(answer, header::CONTENT_ENCODING)
        && !coding.eq_ignore_ascii_case("identity")
    {
        return Err(format!(
            "the body is encoded as `{coding}`, which was not asked for"
        ));
    }
    if answer.body.is_empty() {
        return Ok(Value::Null);
    }
    match media_type(answer).as_deref() {
        None => json_body(&answer.body),
        Some(kind) if is_json(kind) => json_body(&answer.body),
        Some(kind) if kind.starts_with("text/") => std::str::from_utf8(&answer.body)
            .map(|text| Value::String(text.to_owned()))
            .map_err(|e| format!("the body claims to be {kind} but is not UTF-8: {e}")),
        Some(_) => Ok(Value::String(base64::encode(&answer.body))),
    }
}

fn json_body(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|e| {
        // The reader of JSON has a bound of its own, and does not say so in words for people.
        match std::str::from_utf8(body) {
            Ok(text) if nesting::text_is_deeper(text, DEEPEST) => too_deep(),
            _ => format!("the body should be JSON and is not: {e}"),
        }
    })
}

/// `application/json` and everything that ends in `+json`.
pub fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}

/// The content type without parameters, in lower case.
pub fn media_type(answer: &Answer) -> Option<String> {
    let text = header_text(answer, header::CONTENT_TYPE)?;
    let kind = text
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    (!kind.is_empty()).then_some(kind)
}

fn header_text(answer: &Answer, name: http::HeaderName) -> Option<String> {
    answer
        .headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The answer's headers as an object; those that come more than once are joined by a comma.
fn headers(answer: &Answer) -> Value {
    let mut all = Map::new();
    for name in answer.headers.keys() {
        let values = answer.headers.get_all(name).iter();
        let texts: Vec<_> = values
            .map(|v| String::from_utf8_lossy(v.as_bytes()))
            .collect();
        all.insert(name.as_str().to_owned(), Value::String(texts.join(", ")));
    }
    Value::Object(all)
}
