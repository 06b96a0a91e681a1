//! Planted bugs: known wrongs, one of which a test build may turn on, to see whether the tests notice.
//!
//! ```text
//!   a build with the feature `planted` ─► BATON_PLANTED=AgainForgotten, or choose(..) ─► is(bug) is true
//!   any other build                    ─► is(bug) is the constant false, and every site is gone
//! ```
//!
//! Invariant: no build that people are given has the feature. It needs debug assertions, which release
//! profiles are without; no crate has it by default; and no program asks for it.

#[cfg(all(feature = "planted", not(debug_assertions)))]
compile_error!(
    "the feature `planted` puts bugs into Baton: build it only with debug assertions, for tests"
);

#[cfg(feature = "planted")]
mod chosen;
#[cfg(feature = "planted")]
pub use chosen::{choose, hits};

/// Whether this bug is the one that was chosen.
#[cfg(feature = "planted")]
pub fn is(bug: Bug) -> bool {
    chosen::is(bug)
}

/// Never: this build has none.
#[cfg(not(feature = "planted"))]
#[inline(always)]
pub const fn is(_bug: Bug) -> bool {
    false
}

/// What is known of a planted bug.
#[cfg(feature = "planted")]
#[derive(Clone, Copy, Debug)]
pub struct Planted {
    pub bug: Bug,
    /// As `BATON_PLANTED` has it.
    pub name: &'static str,
    /// The part it sits in: core, driver or worker.
    pub part: &'static str,
    /// One sentence on what is wrong.
    pub what: &'static str,
    /// The rule it breaks, or the law that should notice.
    pub law: &'static str,
}

/// The bugs, and what is said of each: one list, so that neither is without the other.
macro_rules! bugs {
    ($($bug:ident, $part:literal, $law:literal, $what:literal;)*) => {
        /// One way to be wrong. What each does is said by its entry in `ALL`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Bug {
            $(#[doc = $what] $bug,)*
        }

        /// Every bug that can be chosen.
        #[cfg(feature = "planted")]
        pub const ALL: &[Planted] = &[$(Planted {
            bug: Bug::$bug,
            name: stringify!($bug),
            part: $part,
            what: $what,
            law: $law,
        },)*];
    };
}

bugs! {
    RefusedNotUndone, "core", "S7, V2",
        "a step that was given up after a refusal is not undone";
    MaybeNotUndone, "core", "S7, V2",
        "a step that was given up while nobody knows whether it happened is not undone";
    RoundKeyRepeated, "core", "S2, S4, V13",
        "the second round of a compensation is sent under the key of the first";
    LateSuccessIgnored, "core", "S25, V2",
        "a success that arrives after its step was given up changes nothing";
    LateAfterEndIgnored, "core", "S27, V2",
        "a success that arrives after the final status changes nothing";
    AgainForgotten, "core", "S25, V2",
        "a success that arrives while its step is being undone without an output brings no second round";
    ForwardOrder, "core", "S15, V4",
        "a rollback takes the oldest record first";
    HandlerBeforeUndo, "core", "S39, V3",
        "a handler starts before what failed in its block is undone";
    RerunWithoutUndo, "core", "S40, V3",
        "a block runs again without its last round being undone";
    EditWithoutUndo, "core", "section 6, V3",
        "an edited retry starts without its old epoch being undone";
    PivotInDoubtBelieved, "core", "S35, V6",
        "a pivot of which nobody knows whether it happened is taken for one that did not";
    CancelOverPivot, "core", "S36, V6",
        "a cancel or timeout acts at once while a pivot is out";
    LosersKept, "core", "S42, V3",
        "a competing fork completes without what its losers did being undone";
    SkippedLateIgnored, "core", "S21, V2",
        "a late success of a step that a person skipped changes nothing";
    EditOfMaybe, "core", "section 6, V6",
        "a step that may have happened and cannot be undone may be sent anew with another input";
    EditForgotten, "core", "S22, V2",
        "a saga that fails during an edited retry forgets to undo the old epoch";
    NoDrain, "core", "S13",
        "a failing saga gives up at once what is out";
    UndoBesideForward, "core", "S14, V5",
        "a rollback starts while a forward attempt is out";
    StaleRejectionTaken, "core", "section 3",
        "a rejection of an earlier attempt is taken for one of the attempt that is out";
    RejectionClearsMaybe, "core", "S6",
        "a rejection after an unknown attempt is believed";
    PivotClosesNothing, "core", "S33",
        "a pivot passes and leaves the records before it open";
    NotFoundIsUndone, "core", "S18",
        "a compensation that finds nothing of a step known to have happened counts as done";
    NotFoundIsALetter, "core", "S18",
        "a compensation that finds nothing of a step that may not have happened is a dead letter";
    ChildrenNotReplaced, "core", "S43",
        "a composite that undoes itself leaves the records below it open as well";
    SilentPivot, "core", "S25, V6",
        "a pivot that happened after its saga went back is told to nobody";
    LetterClosedSilently, "core", "S23, V2",
        "a saga that fails closes its dead letters without undoing what they may have done";
    OneRetryTooFew, "core", "S10",
        "a policy of n retries retries n - 1 times";
    RetryBeyondCount, "core", "S10, V7",
        "retries never end";
    TriesNotReset, "core", "S1",
        "a person's retry of a dead letter gets no retries of its own";
    RetryAfterIgnored, "core", "I13",
        "a retry comes before the service's Retry-After";
    BackoffZero, "core", "I13",
        "a retry follows at once";
    KeyPerAttempt, "core", "S2, S3",
        "every attempt has a key of its own";
    BodyPerAttempt, "core", "S3, V13",
        "the request of a repeated attempt is not the first one's";
    TimerEarly, "core", "I15",
        "what is due within a second is taken for due";
    StaleDeadline, "core", "S5",
        "a retry has the deadline of the first attempt";
    EndsTwice, "core", "V9",
        "a late compensation changes the final status";
    EndsWithUndoOpen, "core", "S26",
        "a saga completes while a late compensation is under way";
    StartsInPause, "core", "S30, V12",
        "attempts start while the saga is paused";
    FactsLostInPause, "core", "S30",
        "an outcome that arrives in a pause is thrown away";
    DropEndsClean, "core", "S21, V14",
        "a saga whose compensation a person dropped ends as if all were undone";
    PoisonIgnored, "core", "section 3",
        "a job that the broker gave up is not taken for news";

    AckBeforeAppend, "driver", "I3, I22",
        "an outcome is acknowledged before what follows from it is appended";
    PerformBeforeAppend, "driver", "I6, I14",
        "jobs are published before the events that owe them are appended";
    StaleForced, "driver", "I16",
        "a decision on an old state is appended all the same";
    TxidAnew, "driver", "P4",
        "an append whose answer was lost is repeated under another name";
    MemoryBelieved, "driver", "I22",
        "what memory says nothing follows from is acknowledged, though somebody else moved the saga on";
    DutyNotWritten, "driver", "I14",
        "the duty to publish is not written with the events";
    DutyClearedUnconfirmed, "driver", "I14",
        "a publication that failed counts as confirmed";
    DutyClearedByOne, "driver", "I14",
        "one confirm settles the duty for everything that is owed";
    RepublishUnmarked, "driver", "S6, S11",
        "a job that is published again does not say so";
    TimerNotWritten, "driver", "I15, V1",
        "timers are not written with the events";
    ClaimNeverEnds, "driver", "I1",
        "a due time that was claimed by a process that died never comes again";
    RetentionOfLive, "driver", "I3",
        "retention counts from the last event, and forgets sagas that are not over";
    OrphanNotKept, "driver", "I22",
        "a message that belongs to no saga is acknowledged and not kept";
    OtherInputAccepted, "driver", "I4",
        "a submission with a used id and another input is answered with the first saga";

    JobAckedBeforeOutcome, "worker", "I22",
        "a job is acknowledged before its outcome is published";
    RecordNotWritten, "worker", "S11",
        "the outcome of an attempt is not recorded";
    RecordNotRead, "worker", "S11",
        "a job that comes again is called again, whatever the record says";
    RecordAfterOutcome, "worker", "S11",
        "the outcome of an attempt is recorded after it was published";
    RecordOfAnotherAttempt, "worker", "S1",
        "the record of one attempt answers for every attempt of its step";
    RedeliveryForgotten, "worker", "S6",
        "a job that was delivered before is taken for a new one";
    CopiesSideBySide, "worker", "I5",
        "two copies of one attempt are called at the same time";
    CallAfterDeadline, "worker", "S5",
        "a call starts after its deadline";
    ServerErrorBelieved, "worker", "section 2",
        "a 500 is taken for a refusal";
}
