//! What the broker holds: lanes, the messages in them, and the inboxes that read from them.

use crate::says::Says;
use baton_shared::port::{Death, Lane};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::task::Waker;

#[derive(Default)]
pub struct Lanes {
    pub(crate) lanes: Vec<OneLane>,
    pub(crate) inboxes: BTreeMap<u64, OpenInbox>,
    pub(crate) opened: u64,
    pub(crate) on_their_way: usize,
    /// All that was ever queued by us, where a stranger keeps it.
    pub(crate) kept: Vec<(usize, Message)>,
    /// The broker blocks publishers until then.
    pub full_until: u64,
}

pub(crate) struct OneLane {
    pub(crate) lane: Lane,
    pub(crate) ready: VecDeque<Message>,
}

#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) body: Arc<[u8]>,
    pub(crate) deliveries: u32,
    pub(crate) death: Option<Death>,
    /// What it says, for the judges.
    pub(crate) says: Says,
}

pub(crate) struct OpenInbox {
    /// Place of the lane, its prefetch, and how many are out.
    pub(crate) lanes: Vec<(usize, u16, u16)>,
    pub(crate) generation: u64,
    pub(crate) out: BTreeMap<u64, (usize, Message)>,
    /// What is acknowledged, and until when the broker has not been told.
    pub(crate) untold: VecDeque<(u64, usize, Message)>,
    pub(crate) next_tag: u64,
    pub(crate) waker: Option<Waker>,
}

pub fn lane_name(lane: &Lane) -> String {
    match lane {
        Lane::Jobs(service) => format!("jobs.{service}"),
        Lane::Outcomes(partition) => format!("outcomes.{}", partition.0),
        Lane::Dead => "dead".to_owned(),
    }
}

impl Lanes {
    pub(crate) fn place(&mut self, lane: &Lane) -> usize {
        let found = self.lanes.iter().position(|one| one.lane == *lane);
        found.unwrap_or_else(|| {
            self.lanes.push(OneLane {
                lane: lane.clone(),
                ready: VecDeque::new(),
            });
            self.lanes.len() - 1
        })
    }

    pub(crate) fn ring(&mut self, place: usize) {
        for inbox in self.inboxes.values_mut() {
            if inbox.lanes.iter().any(|(lane, ..)| *lane == place)
                && let Some(waker) = inbox.waker.take()
            {
                waker.wake();
            }
        }
    }

    pub(crate) fn put(&mut self, place: usize, message: Message, at: usize) {
        let ready = &mut self.lanes[place].ready;
        let at = at.min(ready.len());
        ready.insert(at, message);
        self.ring(place);
    }

    /// Nothing waits, is on its way or is out.
    pub fn is_quiet(&self) -> bool {
        self.on_their_way == 0
            && self.lanes.iter().all(|lane| lane.ready.is_empty())
            && self.inboxes.values().all(|inbox| inbox.out.is_empty())
    }

    /// What still waits, for whoever asks why a run does not end.
    pub fn told(&self) -> String {
        let lanes = self.lanes.iter().filter(|lane| !lane.ready.is_empty());
        let ready: Vec<String> = lanes
            .map(|lane| format!("{} in {}", lane.ready.len(), lane_name(&lane.lane)))
            .collect();
        let out: usize = self.inboxes.values().map(|inbox| inbox.out.len()).sum();
        let way = self.on_their_way;
        format!("{way} on their way, {out} out, ready: {}", ready.join(", "))
    }

    /// How many messages a stranger has of ours.
    pub fn kept(&self) -> usize {
        self.kept.len()
    }

    /// Whether anything is out of this inbox.
    pub fn is_out(&self, inbox: u64) -> bool {
        let open = self.inboxes.get(&inbox);
        open.is_some_and(|open| !open.out.is_empty())
    }

    pub fn inboxes(&self) -> Vec<u64> {
        self.inboxes.keys().copied().collect()
    }
}
