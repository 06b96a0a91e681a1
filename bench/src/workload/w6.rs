//! W6: load that does not wait for answers: 50, 90 and 200 % of what was reached at saturation.
//!
//! A saga's latency counts from the moment at which it should have been submitted, whether or not
//! anybody was free to submit it: what is called coordinated omission cannot hide in it.

use super::{Figures, Plan, Session, quantile, w1};
use crate::book::Book;
use crate::fault::{During, Fault};
use crate::load::{self, Client};
use crate::shape::Shape;
use crate::site::{Rig, System};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

const SHARES: [usize; 3] = [50, 90, 200];
/// Connections: who finds none free is submitted late, and that counts.
const LINKS: usize = 1_024;

pub(super) async fn run(session: &Session) -> Result<(), Fault> {
    for round in 0..session.plan.rounds {
        for system in session.turns(round, &[System::Embedded, System::Brokers]) {
            measure(session, system, round).await?;
        }
    }
    Ok(())
}

async fn measure(session: &Session, system: System, round: usize) -> Result<(), Fault> {
    let rig = Rig::start(system, 1, session.service.at()).await?;
    let shape = Shape::five();
    let mut figures = Figures::new();
    let measured = async {
        rig.deploy(&shape).await?;
        let before = w1::saturate(session, &shape, &rig, session.plan.window, &mut figures).await?;
        Ok(before)
    };
    let mut before = measured.await.map_err(|fault: Fault| rig.told(&fault))?;
    let capacity = figures["sagas/s"];
    for share in SHARES {
        let variant = format!("{share} % of capacity");
        if session.wants(&variant, 1).is_none() {
            continue;
        }
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        let rate = capacity * share as f64 / 100.0;
        let mut figures = Figures::from([("capacity/s".to_owned(), capacity)]);
        let done = open(session, &shape, &rig, share, rate, &mut figures).await;
        let accepted = done.map_err(|fault: Fault| rig.told(&fault))?;
        before += accepted;
        rig.all_ended(before, shape.status)
            .await
            .map_err(|fault| rig.told(&fault))?;
        let mut settings = session.beside(&rig, &["seconds"]).await?;
        settings.insert("connections".to_owned(), LINKS.to_string());
        let Plan {
            clients, window, ..
        } = session.plan;
        let measured = format!("with clients {clients} and window {window}");
        settings.insert("capacity".to_owned(), measured);
        session.keep(["W6", &variant, system.word()], round, figures, settings)?;
    }
    Ok(())
}

/// Submits `rate` sagas a second, evenly, each once; returns how many were accepted.
async fn open(
    session: &Session,
    shape: &Shape,
    rig: &Rig,
    share: usize,
    rate: f64,
    figures: &mut Figures,
) -> Result<usize, Fault> {
    let time = session.plan.time;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count"
    )]
    let sagas = (rate * time.as_secs_f64()).max(1.0) as usize;
    let book = session.book(&format!("open{share}"), shape, sagas, 0);
    let accepted: Arc<Vec<AtomicBool>> =
        Arc::new((0..sagas).map(|_| AtomicBool::new(false)).collect());
    let links = Arc::new(Semaphore::new(LINKS));
    let free: Arc<Mutex<Vec<Client>>> = Arc::default();
    let (start, begun) = (Instant::now(), book.now());
    let mut tasks = JoinSet::new();
    for number in 0..sagas {
        #[expect(clippy::cast_precision_loss, reason = "counts of this size are exact")]
        let at = start + Duration::from_secs_f64(number as f64 / rate);
        if at > Instant::now() {
            tokio::time::sleep_until(at.into()).await;
        }
        let (book, entry, accepted) = (book.clone(), rig.entry(), accepted.clone());
        let (links, free) = (links.clone(), free.clone());
        tasks.spawn(async move {
            let _permit = links.acquire().await.during("a connection")?;
            let kept = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut client = kept.unwrap_or_else(|| Client::of(&entry, number));
            let refused = client.submit(&book, number).await?.is_some();
            accepted[number].store(!refused, Ordering::SeqCst);
            free.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(client);
            Ok::<_, Fault>(())
        });
        while let Some(done) = tasks.try_join_next() {
            done.during("a client")??;
        }
    }
    while let Some(done) = tasks.join_next().await {
        done.during("a client")??;
    }
    let taken = |number: usize| accepted[number].load(Ordering::SeqCst);
    let count = (0..sagas).filter(|number| taken(*number)).count();
    book.until(count, load::PATIENCE).await?;
    book.check_those(taken)?;
    enter(&book, rate, begun, count, taken, figures);
    Ok(count)
}

fn enter(
    book: &Book,
    rate: f64,
    begun: u64,
    accepted: usize,
    taken: impl Fn(usize) -> bool,
    figures: &mut Figures,
) {
    let sagas = book.capacity();
    #[expect(clippy::cast_precision_loss, reason = "counts and times of minutes")]
    let latency = |number: usize| {
        let over = book.over(number)? as f64 - begun as f64;
        Some(over / 1000.0 - number as f64 / rate * 1000.0)
    };
    let mut took: Vec<f64> = (0..sagas)
        .filter(|n| taken(*n))
        .filter_map(latency)
        .collect();
    took.sort_by(f64::total_cmp);
    for (name, share) in [("p50 ms", 0.5), ("p99 ms", 0.99), ("at most ms", 1.0)] {
        figures.insert(name.to_owned(), quantile(&took, share));
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of this size are exact")]
    let refused = (sagas - accepted) as f64 / sagas as f64 * 100.0;
    figures.insert("offered/s".to_owned(), rate);
    figures.insert("refused %".to_owned(), refused);
}
