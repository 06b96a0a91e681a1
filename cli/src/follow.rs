//! Follows a saga until it ends: drawn again and again on a terminal, line by line into a pipe.
//!
//! The server is asked with `/wait`, which answers early when the saga ends. Between answers a
//! terminal is redrawn, so that times and spinners move.

use crate::client::{Client, Path};
use crate::failure::Failure;
use crate::poll::{LOOK, Poll};
use crate::render::changes::changes;
use crate::render::line::Line;
use crate::render::{Look, is_final, style, tree};
use crate::session::Session;
use crate::terminal::Canvas;
use baton_engine::saga::Status;
use baton_engine::saga::view::SagaView;
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// A turn of the spinner.
const FRAME: Duration = Duration::from_millis(80);
/// How long one request waits where nobody looks on.
const WAIT: Duration = Duration::from_secs(20);
/// How long a server that answered before may be away: a restart, or a machine that boots.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A saga as it was answered, and as we read it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub raw: Value,
    pub view: SagaView,
}

impl Seen {
    pub fn read(client: &Client, raw: Value) -> Result<Self, Failure> {
        let view = client.read(&raw)?;
        Ok(Self { raw, view })
    }
}

/// What is shown on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// The tree, redrawn in place; at the end it stays.
    Live,
    /// A line for every change.
    Lines,
    /// The JSON of every change, one a line.
    Json,
    /// Nothing.
    Nothing,
}

/// When to stop before the end.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    pub deadline: Option<Instant>,
    /// A suspended saga needs a person: do not wait for one.
    pub suspended: bool,
    /// The server answered already, by accepting it: from the first look on it may be away.
    pub accepted: bool,
    /// How long a server that answered before may be away.
    pub patience: Duration,
}

impl Until {
    pub(crate) fn reached(&self, view: &SagaView) -> bool {
        is_final(view.status)
            || (self.suspended && view.status == Status::Suspended)
            || self
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// Follows saga `id`; the last that was seen of it.
pub async fn follow(
    session: &Session,
    id: &str,
    show: Show,
    until: Until,
) -> Result<Seen, Failure> {
    let following = async {
        match show {
            Show::Live => draw(session, id, until).await,
            _ => report(session, id, show, until).await,
        }
    };
    tokio::select! {
        seen = following => seen,
        // The canvas is dropped on the way out, which brings the cursor back.
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted(id.to_owned())),
    }
}

/// The saga with all its steps, page by page.
pub async fn whole(client: &Client, id: &str) -> Result<Seen, Failure> {
    let path = Path::of(&["sagas", id]).with("steps_limit", Some("1000"));
    let mut seen = Seen::read(client, client.get(&path).await?.body)?;
    while seen.view.steps.len() < seen.view.steps_total {
        let after = seen.view.steps.len().to_string();
        let path = path.clone().with("steps_after", Some(&after));
        let page = Seen::read(client, client.get(&path).await?.body)?;
        if page.view.steps.is_empty() {
            break;
        }
        seen.view.steps.extend(page.view.steps);
        if let (Some(steps), Some(more)) = (
            seen.raw["steps"].as_array_mut(),
            page.raw["steps"].as_array(),
        ) {
            steps.extend(more.iter().cloned());
        }
    }
    Ok(seen)
}

async fn report(session: &Session, id: &str, show: Show, until: Until) -> Result<Seen, Failure> {
    let pace = if show == Show::Nothing { WAIT } else { LOOK };
    let poll = Poll::new(session, id, until, false);
    let mut before: Option<Seen> = None;
    loop {
        let seen = poll.look(pace).await?;
        let earlier = before.as_ref().map(|before| &before.view);
        match show {
            Show::Lines => {
                for line in changes(earlier, &seen.view, &session.screen.look()) {
                    session.screen.print(&format!("{line}\n"))?;
                }
                advise(session, earlier, &seen.view);
            }
            Show::Json if before.as_ref().is_none_or(|before| before.raw != seen.raw) => {
                session.screen.print(&format!("{}\n", seen.raw))?;
            }
            _ => {}
        }
        if until.reached(&seen.view) {
            return Ok(seen);
        }
        before = Some(seen);
    }
}

async fn draw(session: &Session, id: &str, until: Until) -> Result<Seen, Failure> {
    // The first answer may be a refusal: nothing is drawn before it.
    let poll = Poll::new(session, id, until, true);
    let mut seen = poll.look(Duration::ZERO).await?;
    let mut canvas = Canvas::new(session.screen);
    let mut turn = interval(FRAME);
    turn.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut frame = 0;
    while !until.reached(&seen.view) {
        let polling = poll.look(LOOK);
        tokio::pin!(polling);
        seen = loop {
            tokio::select! {
                next = &mut polling => break next?,
                _ = turn.tick() => {
                    let mut look = session.screen.look();
                    look.frame = Some(frame);
                    frame += 1;
                    let size = session.screen.size();
                    canvas.draw(&framed(&seen.view, poll.absence(), &look, size))?;
                }
            }
        };
    }
    canvas.finish(&tree::tree(&seen.view, &session.screen.look()))?;
    Ok(seen)
}

/// Says what to type, once it has come to wait for a person. A tree that is drawn says it itself.
fn advise(session: &Session, before: Option<&SagaView>, now: &SagaView) {
    let stands = |view: &SagaView| (view.status, view.paused);
    if before.map(stands) != Some(stands(now)) {
        for advice in tree::advice(now) {
            session.screen.note(&advice);
        }
    }
}

/// The tree within the terminal: no line wider, and of too many the last.
fn framed(
    view: &SagaView,
    absence: Option<String>,
    look: &Look,
    size: Option<(usize, usize)>,
) -> Vec<String> {
    let (width, height) = size.unwrap_or((80, 24));
    let mut lines = tree::lines(view, look);
    lines.extend(absence.map(|absence| Line::of(style::BAD, absence)));
    // The line under the drawing is the cursor's.
    let room = height.saturating_sub(1);
    if lines.len() > room {
        let hidden = lines.len() + 1 - room;
        let above = format!("{} {hidden} lines above", look.sign("⋮", ":"));
        lines.splice(1..=hidden, [Line::of(style::DIM, above)]);
    }
    let mark = look.sign("…", "~");
    let fitted = lines.into_iter().map(|line| line.cut(width, mark));
    fitted.map(|line| line.paint(look.color)).collect()
}

/// The moment up to which to wait.
pub fn deadline(timeout: Duration) -> Instant {
    // A timeout beyond the end of time is as good as a year.
    let year = Duration::from_secs(365 * 86_400);
    Instant::now() + timeout.min(year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_fits_the_terminal() {
        let raw = include_str!("../tests/golden/compensated.json");
        let view: SagaView = serde_json::from_str(raw).expect("a view");
        let screen = crate::terminal::Screen {
            live: false,
            live_err: false,
            color: false,
            color_err: false,
            unicode: true,
        };
        let mut look = screen.look();
        for height in 3..12 {
            for width in 10..60 {
                look.width = Some(width);
                let lines = framed(&view, None, &look, Some((width, height)));
                assert!(lines.len() < height);
                assert!(lines[0].starts_with("order-1"), "{lines:?}");
                let widest = lines.iter().map(|line| crate::render::line::width(line));
                assert!(widest.max() <= Some(width), "{lines:?}");
            }
        }
    }
}
