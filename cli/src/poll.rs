//! Looks at a saga again and again. Sagas survive restarts of the server, and so does looking at them:
//! one that answered before may be away for a while.

use crate::client::{Client, Path};
use crate::failure::Failure;
use crate::follow::{Seen, Until};
use crate::session::Session;
use baton_shared::duration;
use std::cell::Cell;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The least time between two requests, for an answer at once must not make us ask without pause.
pub const LOOK: Duration = Duration::from_millis(250);
/// Steps that are asked for when there are more than a page of them.
const TAIL: usize = 100;

/// One saga, looked at.
pub struct Poll<'a> {
    session: &'a Session,
    id: &'a str,
    until: Until,
    /// Somebody who looks on is told by what is drawn.
    drawn: bool,
    answered: Cell<bool>,
    /// It was looked at once, so that there is something to draw.
    seen: Cell<bool>,
    /// Since when nobody answers.
    away: Cell<Option<Instant>>,
}

impl<'a> Poll<'a> {
    pub fn new(session: &'a Session, id: &'a str, until: Until, drawn: bool) -> Self {
        Self {
            session,
            id,
            until,
            drawn,
            answered: Cell::new(until.accepted),
            seen: Cell::new(false),
            away: Cell::new(None),
        }
    }

    /// Asks once, and lets the server wait for up to `pace`. As long as it is away, asks again.
    pub async fn look(&self, pace: Duration) -> Result<Seen, Failure> {
        let began = Instant::now();
        let left = self
            .until
            .deadline
            .map_or(pace, |deadline| deadline.saturating_duration_since(began));
        let pace = pace.min(left);
        loop {
            match ask(&self.session.client, self.id, pace).await {
                Ok(seen) => {
                    self.is_back();
                    if !self.until.reached(&seen.view) {
                        sleep_until(began + pace.min(LOOK)).await;
                    }
                    return Ok(seen);
                }
                Err(failure) => self.bear(failure)?,
            }
            sleep_until(Instant::now() + LOOK).await;
        }
    }

    /// What to show of a server that is away.
    pub fn absence(&self) -> Option<String> {
        let left = self.until.patience.checked_sub(self.away.get()?.elapsed());
        let left = left.unwrap_or_default().as_secs();
        let api = self.session.client.api();
        Some(format!(
            "Baton at {api} does not answer; trying again for {left}s"
        ))
    }

    fn is_back(&self) {
        if self.away.take().is_some() {
            self.note("Baton answers again");
        }
        self.answered.set(true);
        self.seen.set(true);
    }

    /// Fails once the server was away for too long, and with all that waiting does not mend.
    fn bear(&self, failure: Failure) -> Result<(), Failure> {
        let reason = match failure {
            Failure::Unreachable { reason, .. } if self.answered.get() => reason,
            // A proxy before a server that is gone, or a server that is about to go.
            Failure::Refused(refusal)
                if self.answered.get() && matches!(refusal.status, 502..=504) =>
            {
                refusal.to_string()
            }
            other => return Err(other),
        };
        let now = Instant::now();
        if self.away.get().is_none() {
            self.away.set(Some(now));
            self.note(&self.absence().unwrap_or_default());
        }
        let gone = now - self.away.get().unwrap_or(now) >= self.until.patience;
        let late = self.until.deadline.is_some_and(|deadline| now >= deadline);
        if gone || late {
            return Err(Failure::Lost {
                api: self.session.client.api().to_owned(),
                reason,
                id: self.id.to_owned(),
            });
        }
        Ok(())
    }

    fn note(&self, text: &str) {
        let shown = self.drawn && self.seen.get();
        if !shown && self.session.screen.live_err {
            self.session.screen.note(text);
        }
    }
}

async fn ask(client: &Client, id: &str, pace: Duration) -> Result<Seen, Failure> {
    let path = Path::of(&["sagas", id, "wait"]).with("timeout", Some(&duration::show(pace)));
    let seen = Seen::read(client, client.get_within(&path, pace).await?.body)?;
    let (total, here) = (seen.view.steps_total, seen.view.steps.len());
    if total <= here {
        return Ok(seen);
    }
    let after = total.saturating_sub(TAIL).to_string();
    let path = Path::of(&["sagas", id]).with("steps_after", Some(&after));
    Seen::read(client, client.get(&path).await?.body)
}
