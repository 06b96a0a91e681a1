//! What is shown of each workload, and in which words.

/// A figure and its heading.
type Column = (&'static str, &'static str);

/// A workload, what it is, and its columns.
pub(super) struct Shown {
    pub(super) workload: &'static str,
    pub(super) title: &'static str,
    pub(super) columns: &'static [Column],
}

pub(super) const SHOWN: &[Shown] = &[Shown {
    workload: "W1",
    title: "Five steps, one after the other",
    columns: &[
        ("sagas/s", "sagas/s"),
        ("steps/s", "steps/s"),
        ("cpu", "own CPU s per 1,000 steps"),
        ("peak", "own peak MiB"),
        ("p50 ms", "alone p50 ms"),
        ("p99 ms", "alone p99 ms"),
    ],
}];

/// A system's name for people.
pub(super) fn system(word: &str) -> &str {
    match word {
        "embedded" => "Baton embedded (fsync)",
        "brokers" => "Baton on RabbitMQ + Redis (always)",
        "everysec" => "Baton on RabbitMQ + Redis (everysec)",
        "ceiling" => "bare program on RabbitMQ + Redis (always)",
        "append" => "bare append of the same bytes, in groups",
        "restate" => "Restate",
        "celery" => "Celery",
        other => other,
    }
}
