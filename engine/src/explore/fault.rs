//! What can go wrong, one kind each.

/// A fault at one point of a saga's life. Those of an attempt strike a job that a worker takes, of a
/// step or of its undoing; the others come between two inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The service refuses for good. Nothing happens there.
    Refused,
    /// The service refuses once and may be asked again.
    Busy,
    /// No readable answer, once; nothing happened.
    Unanswered,
    /// No readable answer, once; it happened.
    UnansweredDone,
    /// Nobody reports before the attempt's deadline; nothing happened.
    Silent,
    /// Nobody reports before the attempt's deadline; it happened.
    SilentDone,
    /// No attempt gets an answer, whatever the policy allows; nothing happened.
    Down,
    /// No attempt gets an answer; the first one happened.
    DownDone,
    /// No attempt gets an answer, and the first one lands while the step is being undone.
    LateWhileUndoing,
    /// No attempt gets an answer, and the first one lands when all is over.
    LateAtLast,
    /// The broker gives the job up.
    GivenUp,
    /// The orchestrator dies before the job is published.
    CrashBefore,
    /// The orchestrator dies when the call is made and its outcome is not recorded.
    CrashAfter,
    /// The job is delivered twice.
    Copied,
    /// The outcome comes twice.
    Doubled,
    /// The success comes when its deadline is over.
    StaleSuccess,
    /// The refusal comes when its deadline is over.
    StaleRefusal,
    /// Other jobs overtake this one.
    Overtaken,
    /// Somebody cancels.
    Cancelled,
    /// The workflow's timeout strikes.
    TimedOut,
    /// Somebody pauses, and resumes when nothing moves any more.
    Paused,
}

impl Fault {
    /// Those of an attempt.
    pub const OF_ATTEMPTS: [Self; 18] = [
        Self::Refused,
        Self::Busy,
        Self::Unanswered,
        Self::UnansweredDone,
        Self::Silent,
        Self::SilentDone,
        Self::Down,
        Self::DownDone,
        Self::LateWhileUndoing,
        Self::LateAtLast,
        Self::GivenUp,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::Copied,
        Self::Doubled,
        Self::StaleSuccess,
        Self::StaleRefusal,
        Self::Overtaken,
    ];
    /// Those that come at any time.
    pub const AT_ANY_TIME: [Self; 3] = [Self::Cancelled, Self::TimedOut, Self::Paused];

    /// A stable name, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Busy => "busy",
            Self::Unanswered => "unanswered",
            Self::UnansweredDone => "unanswered-done",
            Self::Silent => "silent",
            Self::SilentDone => "silent-done",
            Self::Down => "down",
            Self::DownDone => "down-done",
            Self::LateWhileUndoing => "late-while-undoing",
            Self::LateAtLast => "late-at-last",
            Self::GivenUp => "given-up",
            Self::CrashBefore => "crash-before",
            Self::CrashAfter => "crash-after",
            Self::Copied => "copied",
            Self::Doubled => "doubled",
            Self::StaleSuccess => "stale-success",
            Self::StaleRefusal => "stale-refusal",
            Self::Overtaken => "overtaken",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed-out",
            Self::Paused => "paused",
        }
    }

    /// For people: what befell the task.
    pub fn words(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Busy => "busy once",
            Self::Unanswered => "no answer once",
            Self::UnansweredDone => "no answer once, though done",
            Self::Silent => "no report once",
            Self::SilentDone => "no report once, though done",
            Self::Down => "never answers",
            Self::DownDone => "never answers, though done",
            Self::LateWhileUndoing => "lands while it is undone",
            Self::LateAtLast => "lands when all is over",
            Self::GivenUp => "given up by the queue",
            Self::CrashBefore => "crash before the call",
            Self::CrashAfter => "crash after the call",
            Self::Copied => "delivered twice",
            Self::Doubled => "reported twice",
            Self::StaleSuccess => "success reported late",
            Self::StaleRefusal => "refusal reported late",
            Self::Overtaken => "overtaken by others",
            Self::Cancelled => "cancel",
            Self::TimedOut => "workflow timeout",
            Self::Paused => "pause and resume",
        }
    }
}
