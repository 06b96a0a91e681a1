//! W3: sagas that wait: what they cost in memory, and how late timers are that fall due together.

use super::{Figures, Session, quantile};
use crate::fault::Fault;
use crate::load;
use crate::shape::{Due, Shape};
use crate::site::{Rig, System};
use std::time::{Duration, Instant};

const WAITING: [usize; 3] = [1_000, 10_000, 50_000];
/// Only of the embedded pair: Redis would need several GiB.
const MILLION: usize = 1_000_000;
const TIMERS: usize = 100_000;
/// Longer than any run.
const LONG: Duration = Duration::from_hours(24);

pub(super) async fn run(session: &Session) -> Result<(), Fault> {
    for round in 0..session.plan.rounds {
        for system in session.turns(round, &[System::Embedded, System::Brokers]) {
            for sagas in WAITING {
                waiting(session, system, round, sagas).await?;
            }
            if system == System::Embedded {
                waiting(session, system, round, MILLION).await?;
            }
            timers(session, system, round).await?;
        }
    }
    Ok(())
}

/// Memory resident with so many waiting, above that of the same process when it was idle.
async fn waiting(
    session: &Session,
    system: System,
    round: usize,
    sagas: usize,
) -> Result<(), Fault> {
    let variant = format!("{} waiting", super::thousands(sagas));
    let Some(sagas) = session.wants(&variant, sagas) else {
        return Ok(());
    };
    let rig = Rig::start(system, 1, session.service.at()).await?;
    let shape = Shape::waiting(Due::After(LONG));
    let mut figures = Figures::new();
    let measured = async {
        rig.deploy(&shape).await?;
        // What a first saga allocates belongs to the idle process.
        let short = Shape::waiting(Due::After(Duration::from_millis(1)));
        let first = session.book("first", &short, 100, 100);
        load::submit(&rig.entry(), &first, session.plan.clients).await?;
        first.until(100, load::PATIENCE).await?;
        rig.all_ended(100, "completed").await?;
        let idle: Vec<f64> = resident(&rig);
        let book = session.book("wait", &shape, sagas, sagas);
        let took = load::submit(&rig.entry(), &book, session.plan.clients).await?;
        // What was needed to take them in is given back in time, or it is not.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let now = resident(&rig);
        #[expect(clippy::cast_precision_loss, reason = "counts of this size are exact")]
        let count = sagas as f64;
        let own = rig.own().len();
        let above: f64 = now[..own].iter().sum::<f64>() - idle[..own].iter().sum::<f64>();
        figures.insert("idle MiB".to_owned(), idle[..own].iter().sum());
        figures.insert("above idle MiB".to_owned(), above);
        figures.insert("bytes each".to_owned(), above * 1024.0 * 1024.0 / count);
        figures.insert("taken in/s".to_owned(), count / took.as_secs_f64());
        for (part, (now, idle)) in rig.others().iter().zip(now[own..].iter().zip(&idle[own..])) {
            figures.insert(format!("above idle MiB.{}", part.name), now - idle);
        }
        book.check(0)?;
        // Afterwards: the lists are read into the memory that was looked at.
        rig.all_wait(sagas).await
    };
    measured.await.map_err(|fault: Fault| rig.told(&fault))?;
    let settings = session.beside(&rig, &["clients"]).await?;
    session.keep(["W3", &variant, system.word()], round, figures, settings)
}

/// Of its own processes, then of those beside it.
fn resident(rig: &Rig) -> Vec<f64> {
    let parts = rig.own().into_iter().chain(rig.others());
    parts.map(|part| part.vitals().resident).collect()
}

/// How late calls come whose timers all fall due at one moment.
async fn timers(session: &Session, system: System, round: usize) -> Result<(), Fault> {
    let variant = format!("{} timers at once", super::thousands(TIMERS));
    let Some(sagas) = session.wants(&variant, TIMERS) else {
        return Ok(());
    };
    let rig = Rig::start(system, 1, session.service.at()).await?;
    let mut figures = Figures::new();
    let measured = async {
        let shape = Shape::waiting(Due::After(LONG));
        rig.deploy(&shape).await?;
        let entry = rig.entry();
        let trial = session.book("trial", &shape, (sagas / 20).max(100), sagas);
        let took = load::submit(&entry, &trial, session.plan.clients).await?;
        // Twice as long as it should take, so that none is due before the last is taken in.
        let ahead = took * 40 + Duration::from_secs(5);
        let due = Instant::now() + ahead;
        let book = session.book("timer", &Shape::waiting(Due::At(due)), sagas, sagas);
        load::submit(&entry, &book, session.plan.clients).await?;
        if Instant::now() >= due {
            return Err(Fault::new("timers fell due before all were taken in"));
        }
        tokio::time::sleep_until(due.into()).await;
        let at = book.now();
        book.until(sagas, load::PATIENCE).await?;
        book.check(sagas)?;
        let over = (0..sagas).filter_map(|number| book.over(number));
        #[expect(clippy::cast_precision_loss, reason = "microseconds of minutes")]
        let late = over.map(|over| (over as f64 - at as f64) / 1_000_000.0);
        let mut late: Vec<f64> = late.collect();
        late.sort_by(f64::total_cmp);
        for (name, share) in [
            ("late p50 s", 0.5),
            ("late p99 s", 0.99),
            ("late at most s", 1.0),
        ] {
            figures.insert(name.to_owned(), quantile(&late, share));
        }
        figures.insert("earliest s".to_owned(), late[0]);
        Ok(())
    };
    measured.await.map_err(|fault: Fault| rig.told(&fault))?;
    let settings = session.beside(&rig, &["clients"]).await?;
    session.keep(["W3", &variant, system.word()], round, figures, settings)
}
