//! The services, behind HTTP: what they keep, what they did, and how they answer.
//!
//! | kind      | its name begins with | what it keeps                                               |
//! |-----------|----------------------|-------------------------------------------------------------|
//! | plain     | `p`                  | nothing: every call is done again                           |
//! | keyed     | `k`                  | the answer of each key                                      |
//! | tombstone | any other            | the same, and refuses what was undone before it was done    |
//! | final     | `f`, `payments`      | the same, and its refusals                                  |

use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    Keyed,
    Tombstone,
    Final,
}

impl Kind {
    pub fn of(service: &str) -> Self {
        match service {
            "payments" => Self::Final,
            name if name.starts_with('f') => Self::Final,
            name if name.starts_with('p') => Self::Plain,
            name if name.starts_with('k') => Self::Keyed,
            _ => Self::Tombstone,
        }
    }

    pub fn keeps_keys(self) -> bool {
        self != Self::Plain
    }

    pub fn keeps_tombstones(self) -> bool {
        matches!(self, Self::Tombstone | Self::Final)
    }
}

/// One request, as it reached a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub service: String,
    pub method: String,
    pub path: String,
    pub query: String,
    pub body: Vec<u8>,
    pub key: String,
    pub saga: String,
    pub step: String,
    pub attempt: u32,
    /// The forward key that this call undoes.
    pub compensates: Option<String>,
}

impl Call {
    pub fn kind(&self) -> Kind {
        Kind::of(&self.service)
    }

    /// It undoes all at once what is below a composite, of which no service knows a key.
    fn undoes_all(&self) -> bool {
        self.path.ends_with("/undo-all")
    }

    pub fn only_looks(&self) -> bool {
        self.method == "GET"
    }
}

/// What a forward key stands for at its service.
#[derive(Clone, Debug)]
pub struct Effect {
    pub service: String,
    pub saga: String,
    pub step: String,
    /// How often it was done.
    pub times: u32,
    pub standing: bool,
    pub done_at: u64,
    pub undone_at: Option<u64>,
}

/// What all services together have done.
#[derive(Default)]
pub struct Services {
    /// By forward key.
    pub effects: BTreeMap<String, Effect>,
    answers: BTreeMap<String, u16>,
    tombs: BTreeMap<String, u64>,
    /// Calls that came, in all.
    pub calls: u64,
}

impl Services {
    /// The service does what it is asked for, and the status it answers with.
    pub fn done(&mut self, call: &Call, now: u64) -> u16 {
        self.calls += 1;
        if call.only_looks() {
            return 200;
        }
        let kept = kept(call.kind(), self.answers.get(&call.key));
        if let Some(status) = kept {
            return status;
        }
        let status = match &call.compensates {
            Some(_) if call.undoes_all() => 200,
            Some(forward) => self.undo(call, forward, now),
            None => self.forward(call, now),
        };
        self.answers.insert(call.key.clone(), status);
        status
    }

    fn forward(&mut self, call: &Call, now: u64) -> u16 {
        let kind = call.kind();
        if kind.keeps_tombstones() && self.tombs.contains_key(&call.key) {
            return 409;
        }
        let effect = self
            .effects
            .entry(call.key.clone())
            .or_insert_with(|| Effect {
                service: call.service.clone(),
                saga: call.saga.clone(),
                step: call.step.clone(),
                times: 0,
                standing: false,
                done_at: now,
                undone_at: None,
            });
        effect.times += 1;
        effect.standing = true;
        effect.done_at = now;
        201
    }

    fn undo(&mut self, call: &Call, forward: &str, now: u64) -> u16 {
        self.tombs.insert(forward.to_owned(), now);
        let Some(effect) = self.effects.get_mut(forward) else {
            return 404;
        };
        effect.undone_at = Some(now);
        if !effect.standing {
            return if call.kind() == Kind::Plain { 200 } else { 404 };
        }
        effect.standing = false;
        200
    }

    /// Whether it answers this call as it did before, whatever else it would have said.
    pub fn keeps(&self, call: &Call) -> bool {
        kept(call.kind(), self.answers.get(&call.key)).is_some()
    }

    /// It refuses; one that keeps keys and has done it says so instead.
    pub fn refuse(&mut self, call: &Call, status: u16) -> u16 {
        self.calls += 1;
        if let Some(status) = kept(call.kind(), self.answers.get(&call.key)) {
            return status;
        }
        if call.kind() == Kind::Final && call.compensates.is_none() {
            self.answers.insert(call.key.clone(), status);
        }
        status
    }

    /// It finds nothing to undo, because somebody has undone it by hand; or nothing of what it is
    /// asked to do.
    pub fn gone(&mut self, call: &Call, status: u16, now: u64) -> u16 {
        let Some(forward) = &call.compensates else {
            return self.refuse(call, status);
        };
        if let Some(status) = kept(call.kind(), self.answers.get(&call.key)) {
            return status;
        }
        self.calls += 1;
        self.tombs.insert(forward.clone(), now);
        if let Some(effect) = self.effects.get_mut(forward) {
            (effect.standing, effect.undone_at) = (false, Some(now));
        }
        self.answers.insert(call.key.clone(), status);
        status
    }

    /// When a compensation for this forward key was carried out last, whether it found something or not.
    pub fn undone_at(&self, forward: &str) -> Option<u64> {
        self.tombs.get(forward).copied()
    }
}

/// What a service that keeps keys answers again. A refusal is kept only where it is final.
fn kept(kind: Kind, answer: Option<&u16>) -> Option<u16> {
    let answer = *answer?;
    (kind.keeps_keys() && (answer < 400 || kind == Kind::Final || answer == 404)).then_some(answer)
}
