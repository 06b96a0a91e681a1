//! W1: five sequential steps, each fed by the answer of the one before; at saturation, and one alone.
//! W2: the same, with the last refused for good and the four before undone.

use super::{BOTH, Figures, MOST, Meter, Session, alone, ceiling, rates};
use crate::fault::Fault;
use crate::load;
use crate::shape::Shape;
use crate::site::{Rig, System};
use std::time::Duration;

pub(super) async fn run(session: &Session, workload: &str) -> Result<(), Fault> {
    let refused = workload == "W2";
    let systems: &[System] = match refused {
        true => &[System::Embedded, System::Brokers],
        false => &[
            System::Embedded,
            System::Brokers,
            System::Ceiling,
            System::Append,
        ],
    };
    let shape = if refused {
        Shape::refused()
    } else {
        Shape::five()
    };
    for round in 0..session.plan.rounds {
        for system in session.turns(round, systems) {
            match system {
                System::Ceiling => ceiling::brokers(session, round).await?,
                System::Append => ceiling::append(session, round).await?,
                _ => measure(session, workload, &shape, system, round).await?,
            }
        }
    }
    Ok(())
}

/// One system, once, on its own fresh data.
async fn measure(
    session: &Session,
    workload: &str,
    shape: &Shape,
    system: System,
    round: usize,
) -> Result<(), Fault> {
    let rig = Rig::start(system, 1, session.service.at()).await?;
    let mut figures = Figures::new();
    let measured = async {
        rig.deploy(shape).await?;
        let window = session.plan.window;
        let sagas = saturate(session, shape, &rig, window, &mut figures).await?;
        alone(session, shape, &rig, session.plan.alone, &mut figures).await?;
        rig.all_ended(sagas + session.plan.alone, shape.status)
            .await
    };
    measured.await.map_err(|fault: Fault| rig.told(&fault))?;
    let settings = session.beside(&rig, &BOTH).await?;
    session.keep([workload, "", system.word()], round, figures, settings)
}

/// As many as go; returns how many sagas there were in all.
pub(super) async fn saturate(
    session: &Session,
    shape: &Shape,
    rig: &Rig,
    window: usize,
    figures: &mut Figures,
) -> Result<usize, Fault> {
    let plan = &session.plan;
    let entry = rig.entry();
    let most = MOST / shape.calls().max(5) * 5;
    let warm = session.book("warm", shape, most, window);
    let time = (plan.time / 4).min(Duration::from_secs(2));
    let warmed = load::saturate(&entry, &warm, plan.clients, time)
        .await?
        .sagas;
    rig.all_ended(warmed, shape.status).await?;

    let meter = Meter::start(rig.own(), rig.others());
    let book = session.book("full", shape, most, window);
    let run = load::saturate(&entry, &book, plan.clients, plan.time).await?;
    let sagas = run.sagas + warmed;
    rig.all_ended(sagas, shape.status).await?;
    rates(figures, run.sagas, shape.steps, run.took);
    meter.stop(figures["steps"], figures);
    #[expect(clippy::cast_precision_loss, reason = "counts of this size are exact")]
    figures.insert("refused".to_owned(), run.refused as f64);
    Ok(sagas)
}
