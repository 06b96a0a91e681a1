//! W4: how cost grows: with the length of a loop, with the size of what is sent, with branches.

use super::{BOTH, Figures, Meter, Session, alone, quantile, thousands, w1};
use crate::fault::Fault;
use crate::load;
use crate::shape::Shape;
use crate::site::{Rig, System};

/// Turns of a loop, and how many such sagas run, one after the other.
const LOOPS: [(usize, usize); 4] = [(10, 50), (100, 10), (1_000, 3), (10_000, 1)];
const KIB: [usize; 3] = [1, 16, 128];
const BRANCHES: [usize; 3] = [2, 16, 128];

pub(super) async fn run(session: &Session) -> Result<(), Fault> {
    for round in 0..session.plan.rounds {
        for system in session.turns(round, &[System::Embedded, System::Brokers]) {
            for (turns, sagas) in LOOPS {
                looped(session, system, round, turns, sagas).await?;
            }
            for kib in KIB {
                let variant = format!("{kib} KiB a call");
                // As many bytes under way, whatever the size.
                let window = (session.plan.window / kib).clamp(16, session.plan.window);
                loaded(session, system, round, &variant, &Shape::heavy(kib), window).await?;
            }
            for branches in BRANCHES {
                let variant = format!("fork of {branches}");
                let window = (session.plan.window * 2 / branches).clamp(8, session.plan.window);
                loaded(
                    session,
                    system,
                    round,
                    &variant,
                    &Shape::fork(branches),
                    window,
                )
                .await?;
            }
        }
    }
    Ok(())
}

/// Loops alone: what a step takes in the first tenth and in the last tenth of one, after a warm-up.
async fn looped(
    session: &Session,
    system: System,
    round: usize,
    turns: usize,
    sagas: usize,
) -> Result<(), Fault> {
    let variant = format!("loop of {}", thousands(turns));
    if session.wants(&variant, turns).is_none() {
        return Ok(());
    }
    let rig = Rig::start(system, 1, session.service.at()).await?;
    let shape = Shape::turns(turns);
    let mut figures = Figures::new();
    let measured = async {
        rig.deploy(&shape).await?;
        let warmed = warm(session, &rig, turns).await?;
        let meter = Meter::start(rig.own(), rig.others());
        let book = session.timed("loop", &shape, sagas);
        let took = load::alone(&rig.entry(), &book).await?;
        rig.all_ended(warmed + sagas, shape.status).await?;
        #[expect(clippy::cast_precision_loss, reason = "counts of this size are exact")]
        let (steps, turns) = ((turns * sagas) as f64, turns as f64);
        meter.stop(steps, &mut figures);
        figures.insert("ms a step".to_owned(), quantile(&took, 0.5) / turns);
        let (mut early, mut late) = (Vec::new(), Vec::new());
        for number in 0..sagas {
            let gaps = gaps(&book.times(number));
            let part = (gaps.len() / 10).max(1);
            early.extend(&gaps[..part]);
            late.extend(&gaps[gaps.len() - part..]);
        }
        let middle = |mut gaps: Vec<f64>| {
            gaps.sort_by(f64::total_cmp);
            quantile(&gaps, 0.5)
        };
        let (early, late) = (middle(early), middle(late));
        figures.insert("first tenth ms".to_owned(), early);
        figures.insert("last tenth ms".to_owned(), late);
        figures.insert("warm last over first".to_owned(), late / early);
        Ok(())
    };
    measured.await.map_err(|fault: Fault| rig.told(&fault))?;
    let mut settings = session.beside(&rig, &[]).await?;
    settings.insert("alone".to_owned(), sagas.to_string());
    session.keep(["W4", &variant, system.word()], round, figures, settings)
}

/// Steps before those that are looked at: what a process does for the first time must not make the
/// beginning of a loop slow.
const WARM: usize = 1_000;

/// Runs loops alone, none longer than those that follow; how many sagas they were.
async fn warm(session: &Session, rig: &Rig, turns: usize) -> Result<usize, Fault> {
    let turns = turns.min(WARM);
    let book = session.timed("warm", &Shape::turns(turns), WARM / turns);
    load::alone(&rig.entry(), &book).await?;
    Ok(WARM / turns)
}

/// Milliseconds between calls.
fn gaps(times: &[u64]) -> Vec<f64> {
    let gap = |two: &[u64]| two[1].saturating_sub(two[0]);
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a minute")]
    let gaps = times.windows(2).map(|two| gap(two) as f64 / 1000.0);
    gaps.collect()
}

/// At saturation, and alone.
async fn loaded(
    session: &Session,
    system: System,
    round: usize,
    variant: &str,
    shape: &Shape,
    window: usize,
) -> Result<(), Fault> {
    if session.wants(variant, 1).is_none() {
        return Ok(());
    }
    let rig = Rig::start(system, 1, session.service.at()).await?;
    let mut figures = Figures::new();
    let few = session.plan.alone.min(50);
    let measured = async {
        rig.deploy(shape).await?;
        let sagas = w1::saturate(session, shape, &rig, window, &mut figures).await?;
        alone(session, shape, &rig, few, &mut figures).await?;
        rig.all_ended(sagas + few, shape.status).await
    };
    measured.await.map_err(|fault: Fault| rig.told(&fault))?;
    let mut settings = session.beside(&rig, &BOTH).await?;
    settings.insert("alone".to_owned(), few.to_string());
    settings.insert("window".to_owned(), window.to_string());
    session.keep(["W4", variant, system.word()], round, figures, settings)
}
