//! The span of an attempt: below the span that its job names, above whatever the service makes of it.

use baton_shared::span::Attribute;
use baton_shared::{Job, JobKind, Outcome, Span, SpanKind, Spans, Traceparent, Verdict};

/// A call that is about to be made, in a trace that is recorded.
#[derive(Debug)]
pub(crate) struct Begun {
    above: Traceparent,
    context: Traceparent,
}

impl Begun {
    /// `None` when nothing is recorded: the service then sees the job's own `traceparent`.
    pub(crate) fn below(traceparent: Option<&str>, spans: &Spans) -> Option<Self> {
        let traceparent = traceparent.filter(|_| spans.are_made())?;
        let above = Traceparent::parse(traceparent)?;
        let context = spans.below(&above)?;
        Some(Self { above, context })
    }

    /// What the service is sent.
    pub(crate) fn traceparent(&self) -> String {
        self.context.show()
    }

    pub(crate) fn end(self, job: &Job, outcome: &Outcome) -> Span {
        let mut attributes = vec![
            ("baton.saga", job.id.saga.to_string().into()),
            ("baton.step", job.id.step.to_string().into()),
            ("baton.attempt", Attribute::Number(job.id.attempt.into())),
            ("baton.kind", kind(job).to_owned().into()),
        ];
        if let Some(status) = outcome.status {
            let status = Attribute::Number(status.into());
            attributes.push(("http.response.status_code", status));
        }
        let failed = failure(outcome);
        if let Some(failed) = &failed {
            attributes.push(("error.type", failed.clone().into()));
        }
        Span {
            context: self.context,
            parent: Some(self.above.span().to_owned()),
            name: name(job),
            kind: SpanKind::Client,
            started_at: outcome.started_at,
            ended_at: outcome.ended_at,
            attributes,
            failed,
        }
    }
}

/// `payments.authorize`, or what a call without an operation is.
fn name(job: &Job) -> String {
    match &job.operation {
        Some(operation) => format!("{}.{operation}", job.service),
        None => format!(
            "{} {}",
            job.service,
            job.request.method.to_ascii_uppercase()
        ),
    }
}

fn kind(job: &Job) -> &'static str {
    match job.id.kind {
        JobKind::Compensation => "compensation",
        _ => "step",
    }
}

/// Why it failed, in one of few words: the status, or what became of it where there was none that
/// says so. Never a word of the service's own.
fn failure(outcome: &Outcome) -> Option<String> {
    let word = match &outcome.verdict {
        Verdict::Succeeded { .. } | Verdict::Accepted => return None,
        Verdict::Rejected { .. } => "rejected",
        Verdict::Unknown { .. } => "unknown",
    };
    let status = outcome.status.filter(|status| *status >= 400);
    Some(status.map_or_else(|| word.to_owned(), |status| status.to_string()))
}
