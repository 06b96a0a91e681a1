//! **Everything has a limit (I20).** A worker has no more calls of a service under way than the catalogue
//! allows; a turn of the core stops after so many events, and goes on in another; copies of one job come no faster
//! than the duty to publish comes due; and a request is refused as one too many only where so many wait.
//!
//! Binds: whatever the services do. Clocks that were wrong by some time may claim sooner by as much, and
//! an orchestrator that begins anew claims what is due.

use super::{Judgement, Law, never};
use crate::books::Books;
use crate::hands::Begins;
use crate::healing;
use crate::library;
use crate::story::Story;
use baton_engine::saga::Event;
use baton_engine::store::Append;
use baton_shared::{Job, ServiceName};

pub struct WithinLimits;

/// Events after which a turn of the core stops and goes on later; the last thing it does may take some more.
const TURN: u64 = 1_000;
/// So many more, with what other inputs of the same transition come to.
const MORE: u64 = 100;
/// How long after a transition what it owes is sent again (`Settings::duty_after`): claims last longer.
const DUTY_MS: u64 = 5_000;

impl Law for WithinLimits {
    fn name(&self) -> &'static str {
        "within_limits"
    }

    fn begins(&self, books: &Books, begins: &Begins<'_>) -> Judgement {
        let service = &begins.call.service;
        let busy = books.hands.busy(begins.who, service);
        let limit = concurrency(service);
        never(busy >= limit, || {
            let key = &begins.call.key;
            format!("{key} is called beside {busy} others of {service}, which takes {limit} at once")
        })
    }

    fn state(&self, story: &Story, append: &Append) -> Judgement {
        if append.count <= TURN {
            return Ok(());
        }
        let count = usize::try_from(append.count).unwrap_or(usize::MAX);
        let before = story.journal.len().saturating_sub(count);
        let turns = story.journal[before..].split(|recorded| recorded.event == Event::Yielded);
        let longest = turns.map(<[_]>::len).max().unwrap_or(0);
        never(longest as u64 > TURN + MORE, || {
            format!("{longest} events of {} are one turn", append.saga)
        })
    }

    fn queued(&self, books: &Books, job: &Job) -> Judgement {
        let Some((first, copies)) = books.hands.copies(&job.id) else {
            return Ok(());
        };
        let since = books.clock.saturating_sub(first) + healing::WAITED_MS + books.healing.astray_ms;
        // One as it was decided, one for each duty that can have come due, one for each life that began. What was
        // claimed while the saga was being written waits for its turn, and is looked at then all at once.
        let lives = u64::try_from(books.counted.lives.len()).unwrap_or(u64::MAX);
        let most = 2 + since / DUTY_MS + lives;
        never(copies >= most, || {
            format!("{} is queued for the {}th time in {since} ms", job.id, copies + 1)
        })
    }

    fn refused(&self, _: &Books, waiting: usize, limit: usize) -> Judgement {
        never(waiting < limit, || {
            format!("a request is one too many, and {waiting} wait where {limit} may")
        })
    }
}

fn concurrency(service: &str) -> usize {
    let name: Option<ServiceName> = service.parse().ok();
    let known = name.and_then(|name| library::catalogue().services.get(&name));
    known.map_or(usize::MAX, |service| service.concurrency)
}
