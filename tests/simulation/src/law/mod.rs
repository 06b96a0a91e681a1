//! The laws: what Baton promises, each in a file of its own that opens with its sentence.
//!
//! ```text
//!   fact (an event kept, a job queued, a call made, an answer given) ─► every law ─► held, or broken
//! ```
//!
//! A law keeps no state: what it needs to know of the past is in the [`Books`] and in the [`Story`] of
//! the saga, as they were before the fact.
//!
//! Of the invariants I1 to I23 one has no law here: I21, that tenants do not interfere. Baton has no tenants; what one
//! saga may do to another of the same run every law judges, as they share all processes, lanes and the store.

use crate::books::Books;
use crate::hands::Begins;
use crate::service::{Call, Services};
use crate::story::Story;
use baton_engine::saga::Recorded;
use baton_engine::store::{Append, DueKind};
use baton_shared::port::RecordKind;
use baton_shared::{Job, Outcome, SagaId, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;

/// Whether a law held, and if not, what was seen.
pub type Judgement = Result<(), String>;

/// What can be seen when nothing moves any more.
pub struct End<'a> {
    pub services: &'a Services,
    pub kept: &'a crate::store::Kept,
    /// What the queue still holds, if anything.
    pub queue: Option<String>,
    /// Not everything came to an end in the time there was.
    pub out_of_time: Option<String>,
    pub panics: &'a [String],
}

impl End<'_> {
    pub fn orphans(&self) -> Vec<String> {
        let orphans = self.kept.of_kind(RecordKind::Orphan);
        orphans
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
            .collect()
    }
}

/// One promise. Every method is a moment at which it can be seen to be broken.
pub trait Law: Sync {
    fn name(&self) -> &'static str;

    /// An event is kept; `story` is the saga before it.
    fn event(&self, _books: &Books, _story: &Story, _recorded: &Recorded) -> Judgement {
        Ok(())
    }
    /// A whole transition is kept; `story` is the saga after it.
    fn state(&self, _story: &Story, _append: &Append) -> Judgement {
        Ok(())
    }
    /// The due times of a saga changed.
    fn dues(&self, _: &Books, _story: &Story, _dues: &BTreeMap<DueKind, Timestamp>) -> Judgement {
        Ok(())
    }
    /// A job reached the queue.
    fn queued(&self, _books: &Books, _job: &Job) -> Judgement {
        Ok(())
    }
    /// An outcome was acknowledged.
    fn settled(&self, _books: &Books, _outcome: &Outcome) -> Judgement {
        Ok(())
    }
    /// A job that the queue gave up was acknowledged.
    fn mourned(&self, _books: &Books, _job: &Job) -> Judgement {
        Ok(())
    }
    /// A job was acknowledged by a worker.
    fn released(&self, _books: &Books, _job: &Job) -> Judgement {
        Ok(())
    }
    /// A worker's report reached the queue; `record` is what is kept of the job at that moment.
    fn reported(&self, _books: &Books, _outcome: &Outcome, _record: Option<&[u8]>) -> Judgement {
        Ok(())
    }
    /// A worker begins a call.
    fn begins(&self, _books: &Books, _begins: &Begins<'_>) -> Judgement {
        Ok(())
    }
    /// A message that belongs to no saga was acknowledged.
    fn put_away(&self, _books: &Books, _body: &[u8], _orphans: &[&[u8]]) -> Judgement {
        Ok(())
    }
    /// A request left for its service.
    fn called(&self, _books: &Books, _call: &Call) -> Judgement {
        Ok(())
    }
    /// A service carried a request out.
    fn served(&self, _books: &Books, _call: &Call, _status: u16) -> Judgement {
        Ok(())
    }
    /// A submission was answered with success.
    fn answered(&self, _books: &Books, _saga: &SagaId, _input: &Value) -> Judgement {
        Ok(())
    }
    /// A request was refused, as one too many beside so many that wait.
    fn refused(&self, _books: &Books, _waiting: usize, _limit: usize) -> Judgement {
        Ok(())
    }
    /// Nothing moves any more.
    fn end(&self, _books: &Books, _end: &End<'_>) -> Judgement {
        Ok(())
    }
}

/// Fails with a sentence where something is so.
fn never(is_so: bool, what: impl FnOnce() -> String) -> Judgement {
    if is_so { Err(what()) } else { Ok(()) }
}

macro_rules! laws {
    ($($module:ident: $name:ident,)*) => {
        $(pub mod $module;)*
        /// Every law, in the order in which they judge.
        pub const LAWS: &[&dyn Law] = &[$(&$module::$name,)*];
    };
}

laws! {
    replay: Replay,
    row_tells: RowTells,
    never_stuck: NeverStuck,
    final_stays: FinalStays,
    failing_starts_nothing: FailingStartsNothing,
    pause_starts_nothing: PauseStartsNothing,
    pivot_holds: PivotHolds,
    in_turn: InTurn,
    undone_stays: UndoneStays,
    reverse_order: ReverseOrder,
    one_undo_at_a_time: OneUndoAtATime,
    undo_apart: UndoApart,
    clean_ground: CleanGround,
    undo_needs_attempt: UndoNeedsAttempt,
    composite_replaces: CompositeReplaces,
    edit_undoes_first: EditUndoesFirst,
    stopped_is_untried: StoppedIsUntried,
    doubt_is_held: DoubtIsHeld,
    nothing_to_undo: NothingToUndo,
    forward_is_told: ForwardIsTold,
    end_waits: EndWaits,
    own_deadline: OwnDeadline,
    bounded_tries: BoundedTries,
    tries_are_used: TriesAreUsed,
    not_early: NotEarly,
    paced_tries: PacedTries,
    on_time: OnTime,
    same_bytes: SameBytes,
    attempts_once: AttemptsOnce,
    standing_is_told: StandingIsTold,
    append_then_send: AppendThenSend,
    again_is_said: AgainIsSaid,
    calls_apart: CallsApart,
    within_limits: WithinLimits,
    called_in_time: CalledInTime,
    record_answers: RecordAnswers,
    secrets_stay: SecretsStay,
    record_first: RecordFirst,
    outcome_first: OutcomeFirst,
    duty_stays: DutyStays,
    settled_means_kept: SettledMeansKept,
    news_is_used: NewsIsUsed,
    caused: Caused,
    pivot_is_told: PivotIsTold,
    poison_is_kept: PoisonIsKept,
    accepted_is_kept: AcceptedIsKept,
    one_saga_per_id: OneSagaPerId,
    one_effect_per_key: OneEffectPerKey,
    rejected_is_undone: RejectedIsUndone,
    net_zero: NetZero,
    nothing_abandoned: NothingAbandoned,
    late_is_undone: LateIsUndone,
    no_orphans: NoOrphans,
    it_ends: ItEnds,
    nothing_owed: NothingOwed,
    nobody_panics: NobodyPanics,
    counts_are_true: CountsAreTrue,
}
