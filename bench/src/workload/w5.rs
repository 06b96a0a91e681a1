//! W5: Baton is killed with many sagas alive, and started again: until something is decided, and until
//! all have ended.
//!
//! That a call comes says little: a broker gives a worker the jobs which the dead one had, and an
//! orchestrator may still be away. So the clock stops at the first call of a second step: the answer that
//! leads to it was given, and decided on, after the restart.

use super::{Figures, Session, thousands};
use crate::fault::Fault;
use crate::load;
use crate::shape::Shape;
use crate::site::{Rig, System};
use std::time::Duration;

const LIVE: [usize; 3] = [1_000, 10_000, 100_000];

pub(super) async fn run(session: &Session) -> Result<(), Fault> {
    for round in 0..session.plan.rounds {
        for system in session.turns(round, &[System::Embedded, System::Brokers]) {
            for live in LIVE {
                let variant = format!("{} live", thousands(live));
                if let Some(live) = session.wants(&variant, live) {
                    restart(session, system, round, &variant, live).await?;
                }
            }
        }
    }
    Ok(())
}

async fn restart(
    session: &Session,
    system: System,
    round: usize,
    variant: &str,
    live: usize,
) -> Result<(), Fault> {
    let mut rig = Rig::start(system, 1, session.service.at()).await?;
    let mut figures = Figures::new();
    // Every saga has its first step out, and nobody answers.
    session.service.answer(false);
    let measured = kill(session, &mut rig, live, &mut figures).await;
    session.service.answer(true);
    measured.map_err(|fault: Fault| rig.told(&fault))?;
    let settings = session.beside(&rig, &["clients"]).await?;
    session.keep(["W5", variant, system.word()], round, figures, settings)
}

async fn kill(
    session: &Session,
    rig: &mut Rig,
    live: usize,
    figures: &mut Figures,
) -> Result<(), Fault> {
    let shape = Shape::five();
    rig.deploy(&shape).await?;
    let book = session.book("live", &shape, live, live);
    load::submit(&rig.entry(), &book, session.plan.clients).await?;
    rig.kill();
    if book.calls() > 0 {
        return Err(Fault::new("a call was answered before the restart"));
    }
    // The calls of the dead hang on connections that are closed: they count as never made.
    tokio::time::sleep(Duration::from_millis(500)).await;
    session.service.answer(true);
    let start = book.now();
    rig.again().await?;
    book.until(live, load::PATIENCE).await?;
    rig.all_ended(live, shape.status).await?;
    let ended = seconds(book.now() - start);
    book.check(live)?;
    let decided = book.followed().ok_or_else(|| {
        Fault::new("no call was the first of a second step, though all were made")
    })?;
    figures.insert("first decision s".to_owned(), seconds(decided - start));
    figures.insert("ended s".to_owned(), ended);
    Ok(())
}

fn seconds(microseconds: u64) -> f64 {
    Duration::from_micros(microseconds).as_secs_f64()
}
