//! What can go wrong, and what of it goes wrong in one seed.
//!
//! ```text
//!   seed ─► Plan: some faults with a rate each, the others not at all ("swarm"); some seeds have none
//! ```
//!
//! A seed in which everything goes wrong a little reaches less than many seeds in each of which a few
//! things go wrong often: so each draws its own subset.

use crate::dice::Dice;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Everything that can go wrong, and everything that people do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault { $($(#[$doc])* $name,)* }

        impl Fault {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}

faults! {
    /// A process dies when it asks for something, and nothing of it is done.
    OrchestratorDiesBefore,
    /// It dies when the thing is done, and does not learn it.
    OrchestratorDiesAfter,
    /// It dies between two awaits of its own.
    OrchestratorDies,
    WorkerDiesBefore,
    WorkerDiesAfter,
    WorkerDies,
    /// A process stands still for longer than its claims last, and then goes on.
    OrchestratorPaused,
    WorkerPaused,
    /// The caller of the API goes away within its request.
    CallerGone,

    /// The store does nothing and says so, or says nothing.
    StoreNotDone,
    /// It is done, and reported as failed.
    StoreUnsaid,
    StoreSlow,
    /// Out of memory, for a while.
    StoreFull,
    /// An append is told that somebody else was faster.
    StoreStale,
    /// What was written in the last second is gone (class `second`), in half of the cases with all
    /// orchestrators: else they live on and remember what is lost.
    PowerCut,

    /// A message is lost before it is confirmed.
    QueueLost,
    /// It is there, and the confirm is lost.
    ConfirmLost,
    Doubled,
    Delayed,
    /// An outcome is under way for longer than its saga waits for it.
    NewsLate,
    Reordered,
    /// A connection breaks: everything unacknowledged comes again, old receipts are void.
    Redelivered,
    /// The broker blocks publishers for a while.
    QueueFull,
    /// It gives a message up: dead lane, with its reason.
    GivenUp,
    /// All that waits in a lane is gone.
    LaneLost,
    /// Bytes that are no message of ours.
    Poison,

    /// No connection: nothing was sent.
    NotSent,
    /// The request never arrives, and nobody says so.
    RequestLost,
    /// Done, and the answer never comes.
    DoneSilently,
    /// Done long after everybody gave up.
    DoneLate,
    /// Done, and answered with a 5xx.
    ErrorDone,
    /// Not done, and answered with a 5xx.
    ErrorNotDone,
    Refused,
    /// The service knows nothing of it, 404 or 410: what was done has been taken back by hand.
    Gone,
    /// 429, or 503 with `Retry-After`.
    Busy,
    /// Done, and the answer is no JSON, of another shape, too large or broken off.
    WrongBody,
    SlowAnswer,

    ClockForward,
    ClockBack,

    Cancel,
    Pause,
    Resume,
    Retry,
    EditedRetry,
    Skip,
    Drop,
    /// The same submission again.
    Resubmitted,
    /// Another input under a used id.
    OtherInput,

    /// Somebody else puts a message into the queue that no job of ours asked for.
    Forged,
    /// Somebody else puts a message of ours into the queue once more, long after.
    Replayed,

    /// What `DoneLate` came to where the undoing had begun: done after all, and nobody is told.
    LandsAfterUndo,
    /// The same at a service that keeps tombstones: it finds what was undone, and refuses.
    RefusedAfterUndo,
    /// What a death or a broken connection came to where an acknowledgement waited to be told with others: what is
    /// done with comes again.
    AckLost,
}

/// Those of the second kind: not by chance at an operation, but at moments of their own.
pub const MOMENTS: &[Fault] = &[
    Fault::OrchestratorPaused,
    Fault::WorkerPaused,
    Fault::CallerGone,
    Fault::PowerCut,
    Fault::Redelivered,
    Fault::LaneLost,
    Fault::Poison,
    Fault::ClockForward,
    Fault::ClockBack,
    Fault::Cancel,
    Fault::Pause,
    Fault::Resume,
    Fault::Retry,
    Fault::EditedRetry,
    Fault::Skip,
    Fault::Drop,
    Fault::Resubmitted,
    Fault::OtherInput,
];

/// Those of [`MOMENTS`]' kind that are no doing of ours, nor of anything that we use.
pub const STRANGERS: [Fault; 2] = [Fault::Forged, Fault::Replayed];

/// What others of them come to. Nothing draws these, they are only counted.
pub const CONSEQUENCES: [Fault; 3] = [
    Fault::LandsAfterUndo,
    Fault::RefusedAfterUndo,
    Fault::AckLost,
];

/// Deaths come less often than other faults: who dies at once does nothing that could go wrong.
const DEATHS: [Fault; 6] = [
    Fault::OrchestratorDiesBefore,
    Fault::OrchestratorDiesAfter,
    Fault::OrchestratorDies,
    Fault::WorkerDiesBefore,
    Fault::WorkerDiesAfter,
    Fault::WorkerDies,
];

/// What services do to us, and how late we hear of it: there are few calls in a seed, so these come in
/// more of them.
const ANSWERS: [Fault; 12] = [
    Fault::NotSent,
    Fault::RequestLost,
    Fault::DoneSilently,
    Fault::DoneLate,
    Fault::ErrorDone,
    Fault::ErrorNotDone,
    Fault::Refused,
    Fault::Gone,
    Fault::Busy,
    Fault::WrongBody,
    Fault::SlowAnswer,
    Fault::NewsLate,
];

/// What catches a fault that something else missed. Without it the others must hold, or its absence
/// must be noticed: a net whose absence nobody notices is one that nobody tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Net {
    /// Due times of the core: retries, waits, deadlines.
    Timers,
    /// The due time that publishes again what was not confirmed.
    Duty,
    /// The worker's record of what it did.
    Record,
    /// An append that is repeated is answered like the first.
    Dedupe,
}

impl Net {
    pub const ALL: [Self; 4] = [Self::Timers, Self::Duty, Self::Record, Self::Dedupe];

    pub fn name(self) -> &'static str {
        match self {
            Self::Timers => "timers",
            Self::Duty => "duty",
            Self::Record => "record",
            Self::Dedupe => "dedupe",
        }
    }

    /// The laws that notice its absence, one of which must. None where every law must hold without it: a key alone,
    /// deadlines and versions are enough for what record, duty and dedupe catch sooner.
    pub fn noticed_by(self) -> &'static [&'static str] {
        match self {
            // What is due is not acted on, and what does not end for that.
            Self::Timers => &["it_ends", "on_time"],
            Self::Duty | Self::Record | Self::Dedupe => &[],
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|net| net.name() == name)
    }
}

/// What a run is made of: how many of what, and which faults come how often.
#[derive(Clone, Debug)]
pub struct Plan {
    pub orchestrators: usize,
    pub workers: usize,
    pub sagas: usize,
    /// Per mille at each operation where the fault can be.
    rates: [u16; Fault::ALL.len()],
    /// Faults of [`MOMENTS`], with their moment in ms from the start.
    pub moments: Vec<(u64, Fault)>,
    /// How often each fault may still come.
    left: [u16; Fault::ALL.len()],
    /// When everything heals, in ms from the start.
    pub heals_at: u64,
    pub healed: bool,
    /// The store promises all but the last second.
    pub second: bool,
    /// How the parts are set: pauses between two looks at the due times, sagas kept in memory.
    pub poll_ms: u64,
    pub cache: usize,
    /// Each life reads its definitions from the records.
    pub cold: bool,
    /// People settle what waits for them also while things go wrong.
    pub attended: bool,
    /// Its log and its spans are read.
    pub listened: bool,
    /// For how many ms an acknowledgement may wait to be told with others.
    pub told_after: u64,
    /// How many requests may wait for an orchestrator.
    pub waiting: usize,
    /// Sagas that are over are forgotten soon, and the run lasts until they are.
    pub forgets: bool,
    /// The net that is taken away.
    pub without: Option<Net>,
    /// How often each fault came.
    pub came: [u32; Fault::ALL.len()],
}

impl Plan {
    /// A run without any fault.
    pub fn fair(dice: &mut Dice) -> Self {
        Self {
            orchestrators: dice.pick(&[1, 1, 1, 2, 2, 3]),
            workers: dice.pick(&[1, 1, 2]),
            sagas: dice.pick(&[1, 1, 2, 3]),
            rates: [0; Fault::ALL.len()],
            moments: Vec::new(),
            left: [0; Fault::ALL.len()],
            heals_at: 0,
            healed: false,
            second: false,
            poll_ms: dice.pick(&[1_000, 5_000, 20_000, 60_000]),
            cache: dice.pick(&[2, 8, 64]),
            cold: dice.chance(50),
            attended: false,
            listened: false,
            told_after: 0,
            waiting: 10_000,
            forgets: false,
            without: None,
            came: [0; Fault::ALL.len()],
        }
    }

    /// What the seed draws.
    pub fn drawn(dice: &mut Dice) -> Self {
        let mut plan = Self::fair(dice);
        let mut apart = dice.apart("settings");
        plan.listened = apart.chance(20);
        plan.waiting = apart.pick(&[1, 2, 10_000, 10_000]);
        plan.told_after = apart.pick(&[0, 0, 50, 500]);
        if dice.chance(60) {
            return plan;
        }
        // The share of all faults that this seed has at all.
        let share = dice.pick(&[60, 120, 250, 500]);
        let rates = [5, 20, 60, 150, 400];
        let deaths = [2, 5, 15, 40, 100];
        let span = dice.pick(&[500, 3_000, 20_000, 90_000]);
        for (place, fault) in Fault::ALL.iter().enumerate() {
            if STRANGERS.contains(fault) || CONSEQUENCES.contains(fault) {
                continue;
            }
            let answers = ANSWERS.contains(fault);
            if !dice.chance(if answers { share * 3 / 2 } else { share }) {
                continue;
            }
            if MOMENTS.contains(fault) {
                for _ in 0..dice.between(1, 3) {
                    plan.moments.push((dice.below(span), *fault));
                }
            } else {
                let deadly = DEATHS.contains(fault);
                plan.rates[place] = dice.pick(if deadly { &deaths } else { &rates });
                plan.left[place] = dice.pick(&[1, 2, 5, 20]);
            }
        }
        plan.second = plan.moments.iter().any(|(_, f)| *f == Fault::PowerCut);
        plan.forgets = dice.chance(80);
        plan.attended = dice.chance(400);
        plan.heals_at = span + dice.between(0, 30_000);
        if dice.chance(150) {
            plan.overtake();
        }
        plan.strangers(dice, share, span);
        plan.moments.sort();
        plan
    }

    /// By dice of their own: what else a seed draws is the same with them and without.
    fn strangers(&mut self, dice: &Dice, share: u16, span: u64) {
        let mut dice = dice.apart("strangers");
        for fault in STRANGERS {
            let times = if dice.chance(share) {
                dice.between(1, 4)
            } else {
                0
            };
            for _ in 0..times {
                self.moments.push((dice.below(span), fault));
            }
        }
    }

    /// Whether this comes at a moment of its own.
    pub fn has_moment(&self, fault: Fault) -> bool {
        self.moments.iter().any(|(_, planned)| *planned == fault)
    }

    /// News comes late and people are quick: what they decide is overtaken by what was done.
    fn overtake(&mut self) {
        self.set(Fault::NewsLate, 500);
        self.attended = true;
        self.heals_at = self.heals_at.max(60_000);
    }

    pub fn rate(&self, fault: Fault) -> u16 {
        self.rates[fault as usize]
    }

    pub fn set(&mut self, fault: Fault, rate: u16) {
        self.rates[fault as usize] = rate;
        self.left[fault as usize] = 20;
    }

    /// Whether this fault comes now, where it takes effect at once; it is counted then.
    pub fn strikes(&mut self, fault: Fault, dice: &mut Dice) -> bool {
        let comes = self.comes(fault, dice);
        if comes {
            self.note(fault);
        }
        comes
    }

    /// Whether this fault comes now. Whoever asks counts it once something comes of it.
    pub fn comes(&mut self, fault: Fault, dice: &mut Dice) -> bool {
        let rate = self.rates[fault as usize];
        let left = &mut self.left[fault as usize];
        if rate == 0 || self.healed || *left == 0 || !dice.chance(rate) {
            return false;
        }
        *left -= 1;
        true
    }

    /// The first of these that comes now, not counted yet.
    pub fn first(&mut self, faults: &[Fault], dice: &mut Dice) -> Option<Fault> {
        if self.healed {
            return None;
        }
        faults
            .iter()
            .copied()
            .find(|fault| self.comes(*fault, dice))
    }

    /// Something came of it. What comes of nothing is not counted: that a kind was drawn shows nothing.
    pub fn note(&mut self, fault: Fault) {
        self.came[fault as usize] += 1;
    }

    /// Nothing goes wrong any more.
    pub fn heal(&mut self) {
        self.healed = true;
    }
}
