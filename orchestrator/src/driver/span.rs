//! The span of a saga, from its submission to its end. Recorded once, by whoever ended it.

use baton_engine::saga::{Saga, Status};
use baton_shared::{Span, SpanKind, Spans, Timestamp, Traceparent};

/// To be called when the end of the saga is written.
pub(super) fn record(spans: &Spans, saga: &Saga, now: Timestamp) {
    let trace = saga.traceparent().and_then(Traceparent::parse);
    if let Some(above) = trace.filter(|trace| spans.wants(trace)) {
        spans.record(span(saga, &above, now));
    }
}

fn span(saga: &Saga, above: &Traceparent, now: Timestamp) -> Span {
    let context = above.of_saga(saga.id());
    // A saga that began its trace was given its own span: see `Traceparent::root`.
    let parent = (*above != context).then(|| above.span().to_owned());
    let (workflow, version) = saga.workflow();
    let status = saga.status();
    let failed = matches!(status, Status::Faulted | Status::Compensated);
    Span {
        context,
        parent,
        name: workflow.to_owned(),
        kind: SpanKind::Internal,
        started_at: saga.row().created_at,
        ended_at: now,
        attributes: vec![
            ("baton.saga", saga.id().to_string().into()),
            ("baton.workflow", workflow.to_owned().into()),
            ("baton.version", version.to_owned().into()),
            ("baton.status", status.word().to_owned().into()),
        ],
        failed: failed.then(|| status.word().to_owned()),
    }
}
