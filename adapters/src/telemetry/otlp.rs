//! Spans as OTLP in JSON: the body of a `POST /v1/traces`.
//!
//! The mapping is that of OTLP 1.x for JSON: ids in hex, 64-bit numbers as strings, enums as numbers.

use baton_shared::Timestamp;
use baton_shared::span::{Attribute, Span, SpanKind};
use serde_json::{Value, json};

/// One request's body, for all spans of this process.
pub(super) fn body(resource: &[(String, String)], spans: &[Span]) -> Vec<u8> {
    let spans: Vec<Value> = spans.iter().map(span).collect();
    let version = env!("CARGO_PKG_VERSION");
    let described = resource.iter();
    let described: Vec<Value> = described
        .map(|(name, value)| attribute(name, &Attribute::Text(value.clone())))
        .collect();
    let body = json!({ "resourceSpans": [{
        "resource": { "attributes": described },
        "scopeSpans": [{ "scope": { "name": "baton", "version": version }, "spans": spans }],
    }] });
    body.to_string().into_bytes()
}

fn span(span: &Span) -> Value {
    let attributes = span.attributes.iter();
    let attributes: Vec<Value> = attributes
        .map(|(key, value)| attribute(key, value))
        .collect();
    let mut made = json!({
        "traceId": span.context.trace(),
        "spanId": span.context.span(),
        "name": span.name,
        "kind": match span.kind {
            SpanKind::Internal => 1,
            SpanKind::Client => 3,
        },
        "startTimeUnixNano": nanoseconds(span.started_at),
        "endTimeUnixNano": nanoseconds(span.ended_at),
        "attributes": attributes,
        // Not set, or an error.
        "status": match &span.failed {
            None => json!({}),
            Some(why) => json!({ "code": 2, "message": why }),
        },
    });
    if let Some(parent) = &span.parent {
        made["parentSpanId"] = json!(parent);
    }
    made
}

fn attribute(key: &str, value: &Attribute) -> Value {
    let value = match value {
        Attribute::Text(text) => json!({ "stringValue": text }),
        Attribute::Number(number) => json!({ "intValue": number.to_string() }),
    };
    json!({ "key": key, "value": value })
}

fn nanoseconds(at: Timestamp) -> String {
    (u128::from(at.0) * 1_000_000).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_shared::Traceparent;

    #[test]
    fn a_span_is_written_as_the_specification_says() {
        let above = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let above = Traceparent::parse(above).expect("reads");
        let span = Span {
            context: above.child(10),
            parent: Some(above.span().to_owned()),
            name: "payments.authorize".to_owned(),
            kind: SpanKind::Client,
            started_at: Timestamp(1_700_000_000_000),
            ended_at: Timestamp(1_700_000_000_007),
            attributes: vec![("baton.attempt", Attribute::Number(1))],
            failed: Some("503".to_owned()),
        };
        let resource = [("service.name".to_owned(), "baton".to_owned())];
        let body: Value = serde_json::from_slice(&body(&resource, &[span])).expect("JSON");
        let version = env!("CARGO_PKG_VERSION");
        let expected = json!({ "resourceSpans": [{
            "resource": { "attributes": [
                { "key": "service.name", "value": { "stringValue": "baton" } },
            ] },
            "scopeSpans": [{
                "scope": { "name": "baton", "version": version },
                "spans": [{
                    "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
                    "spanId": "000000000000000a",
                    "parentSpanId": "00f067aa0ba902b7",
                    "name": "payments.authorize",
                    "kind": 3,
                    "startTimeUnixNano": "1700000000000000000",
                    "endTimeUnixNano": "1700000000007000000",
                    "attributes": [{ "key": "baton.attempt", "value": { "intValue": "1" } }],
                    "status": { "code": 2, "message": "503" },
                }],
            }],
        }] });
        assert_eq!(body, expected);
    }
}
