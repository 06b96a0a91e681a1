//! W1: five sequential steps, each fed by the answer of the one before; at saturation, and one alone.

use super::{Figures, MOST, Meter, Session, ceiling, quantile, rates};
use crate::fault::Fault;
use crate::load;
use crate::shape::Shape;
use crate::site::{Rig, System};
use std::collections::BTreeMap;
use std::time::Duration;

pub(super) async fn run(session: &Session) -> Result<(), Fault> {
    for round in 0..session.plan.rounds {
        for system in session.turns(round) {
            match system {
                System::Ceiling => ceiling::brokers(session, round).await?,
                System::Append => ceiling::append(session, round).await?,
                _ => measure(session, "W1", &Shape::five(), system, round).await?,
            }
        }
    }
    Ok(())
}

/// One system, once, on its own fresh data.
pub(super) async fn measure(
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
        let before = saturate(session, shape, &rig, &mut figures).await?;
        alone(session, shape, &rig, before, &mut figures).await
    };
    measured
        .await
        .map_err(|fault: Fault| Fault(format!("{fault}\n{}", rig.said())))?;
    let plan = &session.plan;
    let settings = BTreeMap::from([
        ("on".to_owned(), rig.described().await?),
        ("window".to_owned(), plan.window.to_string()),
        ("clients".to_owned(), plan.clients.to_string()),
        ("seconds".to_owned(), plan.time.as_secs_f64().to_string()),
    ]);
    session.keep([workload, "", system.word()], round, figures, settings)
}

/// As many as go; returns how many sagas there were in all.
async fn saturate(
    session: &Session,
    shape: &Shape,
    rig: &Rig,
    figures: &mut Figures,
) -> Result<usize, Fault> {
    let plan = &session.plan;
    let entry = rig.entry();
    let warm = session.book("warm", shape, MOST, plan.window);
    let time = (plan.time / 4).min(Duration::from_secs(2));
    let warmed = load::saturate(&entry, &warm, plan.clients, time)
        .await?
        .sagas;
    rig.baton.all_ended(warmed, shape.status).await?;

    let meter = Meter::start(rig.own(), rig.below());
    let book = session.book("full", shape, MOST, plan.window);
    let run = load::saturate(&entry, &book, plan.clients, plan.time).await?;
    let sagas = run.sagas + warmed;
    rig.baton.all_ended(sagas, shape.status).await?;
    rates(figures, run.sagas, shape.steps, run.took);
    meter.stop(figures["steps"], figures);
    #[expect(clippy::cast_precision_loss, reason = "counts of this size are exact")]
    figures.insert("refused".to_owned(), run.refused as f64);
    Ok(sagas)
}

/// One after the other.
async fn alone(
    session: &Session,
    shape: &Shape,
    rig: &Rig,
    before: usize,
    figures: &mut Figures,
) -> Result<(), Fault> {
    let sagas = session.plan.alone;
    let book = session.book("alone", shape, sagas, 1);
    let took = load::alone(&rig.entry(), &book).await?;
    rig.baton.all_ended(before + sagas, shape.status).await?;
    figures.insert("p50 ms".to_owned(), quantile(&took, 0.5));
    figures.insert("p99 ms".to_owned(), quantile(&took, 0.99));
    Ok(())
}
