//! What is shown of each workload, and in which words.

/// A figure and its heading.
type Column = (&'static str, &'static str);

/// A workload, what it is, and its columns.
pub(super) struct Shown {
    pub(super) workload: &'static str,
    pub(super) title: &'static str,
    pub(super) columns: &'static [Column],
    /// What a reader of the table has to know of it.
    pub(super) notes: &'static [&'static str],
}

impl Shown {
    /// What stands above a figure.
    pub(super) fn heading<'a>(&self, figure: &'a str) -> &'a str {
        let mut columns = self.columns.iter();
        let column = columns.find(|(name, _)| *name == figure);
        column.map_or(figure, |(_, heading)| heading)
    }
}

/// At saturation and alone.
const USUAL: &[Column] = &[
    ("sagas/s", "sagas/s"),
    ("steps/s", "steps/s"),
    ("cpu", "own CPU s per 1,000 steps"),
    ("peak", "own peak MiB"),
    ("p50 ms", "alone p50 ms"),
    ("p99 ms", "alone p99 ms"),
];

pub(super) const SHOWN: &[Shown] = &[
    Shown {
        workload: "W1",
        title: "five steps, one after the other",
        columns: USUAL,
        notes: &[
            "The bare program sends each outcome as a message of its own: it is the ceiling of two messages \
             a step. Baton's outcomes share messages under load, up to 64 in one: that alone brings it \
             nearer to the bare program.",
        ],
    },
    Shown {
        workload: "W2",
        title: "the fifth step refused, the four before undone",
        columns: USUAL,
        notes: &[],
    },
    Shown {
        workload: "W3",
        title: "waiting",
        columns: &[
            ("idle MiB", "idle MiB"),
            ("above idle MiB", "above idle MiB"),
            ("bytes each", "bytes a saga"),
            ("above idle MiB.Redis", "Redis above idle MiB"),
            ("taken in/s", "taken in a second"),
            ("earliest s", "earliest s late"),
            ("late p50 s", "p50 s late"),
            ("late p99 s", "p99 s late"),
            ("late at most s", "at most s late"),
        ],
        notes: &[],
    },
    Shown {
        workload: "W4",
        title: "longer, larger, wider",
        columns: &[
            ("ms a step", "alone, ms a step"),
            ("first tenth ms", "first tenth, ms a step"),
            ("last tenth ms", "last tenth, ms a step"),
            ("warm last over first", "last over first"),
            ("steps/s", "steps/s"),
            ("cpu", "own CPU s per 1,000 steps"),
            ("peak", "own peak MiB"),
            ("p50 ms", "alone p50 ms"),
            ("p99 ms", "alone p99 ms"),
        ],
        notes: &[
            "Of a loop, the median of the first tenth of its steps is compared with that of the last tenth: the \
             time from a call to the next.",
        ],
    },
    Shown {
        workload: "W5",
        title: "killed with sagas alive, and started again",
        columns: &[
            ("first decision s", "s to the first call of a second step"),
            ("ended s", "s to all ended"),
        ],
        notes: &[],
    },
    Shown {
        workload: "W6",
        title: "load that does not wait",
        columns: &[
            ("capacity/s", "capacity, sagas/s"),
            ("offered/s", "offered, sagas/s"),
            ("refused %", "refused %"),
            ("p50 ms", "p50 ms"),
            ("p99 ms", "p99 ms"),
            ("at most ms", "at most ms"),
        ],
        notes: &[
            "No submission is answered with 429 here, whatever is offered: that comes when 10,000 requests wait \
             for a decision, and the API takes 700 connections, fewer than the load has. So connections are what \
             ends first: who finds no place waits for one, and that is in the latency.",
        ],
    },
    Shown {
        workload: "W7",
        title: "more processes on the same cores",
        columns: USUAL,
        notes: &[],
    },
];

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
        "1" => "one orchestrator, one worker",
        "2" => "two orchestrators, two workers",
        "4" => "four orchestrators, four workers",
        other => other,
    }
}
