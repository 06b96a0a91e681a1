//! `traceparent`: what is read is shown the same, and can be sent on as a header.

use super::{Target, none, text};
use baton_shared::{SagaId, Traceparent};
use http::HeaderValue;

pub(super) const TARGET: Target = Target {
    name: "traceparent",
    run,
    seeds: none,
    words: &["00-", "ff-", "-01", "-00", "0000000000000000", "-"],
};

fn run(bytes: &[u8]) {
    let text = text(bytes);
    let Some(trace) = Traceparent::parse(&text) else {
        return;
    };
    assert_eq!(Traceparent::parse(&trace.show()), Some(trace.clone()));
    assert_eq!((trace.trace().len(), trace.span().len()), (32, 16));
    HeaderValue::from_str(&trace.show()).expect("a header");
    let saga: SagaId = "a".parse().expect("an id");
    for next in [trace.child(1), trace.of_saga(&saga)] {
        assert_eq!(next.trace(), trace.trace(), "the same trace");
        assert_eq!(next.is_sampled(), trace.is_sampled());
        assert_eq!(Traceparent::parse(&next.show()), Some(next));
    }
}
