//! Which services a worker works for, how many calls each may have at once, and what waits its turn.
//!
//! ```text
//!   accepted ──► waiting (one line a service) ──► under way (up to the service's limit) ──► finished
//!                    a copy of a job that is in either is held with it, not called beside it
//! ```

use baton_shared::catalogue::{Catalogue, DEFAULT_CONCURRENCY};
use baton_shared::planted::{self, Bug};
use baton_shared::port::{Lane, Receipt, Source};
use baton_shared::{Job, ServiceName};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// The most messages of one service that a worker holds unacknowledged.
const PREFETCH_MAX: usize = 1000;

/// The services a worker works for, and how many calls of each it has under way at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pools(pub BTreeMap<ServiceName, usize>);

impl Pools {
    /// The services of the catalogue and inline `http`; only those named in `only`, if any is.
    pub fn of(catalogue: &Catalogue, only: &[ServiceName]) -> Self {
        let mut pools = BTreeMap::from([(ServiceName::http(), DEFAULT_CONCURRENCY)]);
        let described = catalogue.services.iter();
        pools.extend(described.map(|(name, service)| (name.clone(), service.concurrency.max(1))));
        pools.retain(|name, _| only.is_empty() || only.contains(name));
        Self(pools)
    }

    /// What to take from: twice what may be under way, so that the next job is there when one ends.
    pub fn source(&self) -> Source {
        let lane = |(name, limit): (&ServiceName, &usize)| {
            let prefetch = limit.saturating_mul(2).clamp(1, PREFETCH_MAX);
            (
                Lane::Jobs(name.clone()),
                u16::try_from(prefetch).unwrap_or(u16::MAX),
            )
        };
        Source {
            lanes: self.0.iter().map(lane).collect(),
        }
    }
}

/// A job that was received and is not yet done with.
#[derive(Debug)]
pub(crate) struct Taken {
    /// The job id as text: the key of its record.
    pub(crate) key: String,
    pub(crate) job: Job,
    pub(crate) traceparent: Option<String>,
    /// It may have been called before: redelivered, or sent again.
    pub(crate) again: bool,
    pub(crate) receipt: Receipt,
}

/// What waits and what is under way.
#[derive(Debug)]
pub(crate) struct Lanes {
    lines: BTreeMap<ServiceName, Line>,
    /// By key, of everything that waits or is under way: the receipts of further copies.
    copies: HashMap<String, Vec<Receipt>>,
}

#[derive(Debug)]
struct Line {
    limit: usize,
    under_way: usize,
    waiting: VecDeque<Taken>,
}

impl Lanes {
    pub(crate) fn new(pools: &Pools) -> Self {
        let line = |limit: usize| Line {
            limit,
            under_way: 0,
            waiting: VecDeque::new(),
        };
        let lines = pools
            .0
            .iter()
            .map(|(name, limit)| (name.clone(), line(*limit)));
        Self {
            lines: lines.collect(),
            copies: HashMap::new(),
        }
    }

    /// Whether jobs of `service` are taken here at all.
    pub(crate) fn serves(&self, service: &ServiceName) -> bool {
        self.lines.contains_key(service)
    }

    /// Puts a job into its line; a copy of one that is there already is only remembered.
    pub(crate) fn accept(&mut self, taken: Taken) {
        if let Some(copies) = self.copies.get_mut(&taken.key)
            && !planted::is(Bug::CopiesSideBySide)
        {
            copies.push(taken.receipt);
            return;
        }
        let Some(line) = self.lines.get_mut(&taken.job.service) else {
            return;
        };
        self.copies.insert(taken.key.clone(), Vec::new());
        line.waiting.push_back(taken);
    }

    /// Everything that may start now; it counts as under way.
    pub(crate) fn start(&mut self) -> Vec<Taken> {
        let mut started = Vec::new();
        for line in self.lines.values_mut() {
            let free = line
                .limit
                .saturating_sub(line.under_way)
                .min(line.waiting.len());
            line.under_way += free;
            started.extend(line.waiting.drain(..free));
        }
        started
    }

    /// A job that was under way is over; returns the receipts of its copies.
    pub(crate) fn end(&mut self, service: &ServiceName, key: &str) -> Vec<Receipt> {
        if let Some(line) = self.lines.get_mut(service) {
            line.under_way = line.under_way.saturating_sub(1);
        }
        self.copies.remove(key).unwrap_or_default()
    }

    /// Lets go of everything that has not started: unacknowledged, it comes again elsewhere.
    pub(crate) fn forget_waiting(&mut self) {
        for line in self.lines.values_mut() {
            for taken in line.waiting.drain(..) {
                self.copies.remove(&taken.key);
            }
        }
    }
}
