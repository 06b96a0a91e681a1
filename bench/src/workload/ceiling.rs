//! W1 without Baton: what the brokers allow, and what the disk does.

use super::{Figures, Meter, Session, quantile};
use crate::fault::{During, Fault};
use crate::shape::Shape;
use crate::site::{self, Ceiling, System};
use crate::sizes;
use crate::vitals::Part;
use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

/// The bare program on RabbitMQ and Redis.
pub(super) async fn brokers(session: &Session, round: usize) -> Result<(), Fault> {
    let (plan, shape) = (&session.plan, Shape::five());
    let mut ceiling = Ceiling::start(session.service.at()).await?;
    let time = (plan.time / 4).min(Duration::from_secs(2));
    let warm = session.book("warm", &shape, super::MOST, plan.window);
    let sagas = ceiling.run("warm", plan.window, time, super::MOST).await?;
    warm.check(sagas)?;

    let mut figures = Figures::new();
    let meter = Meter::start(ceiling.own(), ceiling.below());
    let book = session.book("full", &shape, super::MOST, plan.window);
    let sagas = ceiling
        .run("full", plan.window, plan.time, super::MOST)
        .await?;
    book.check(sagas)?;
    let took = Duration::from_micros(book.last()).as_secs_f64();
    super::rates(&mut figures, sagas, shape.steps, took);
    meter.stop(figures["steps"], &mut figures);

    let alone = session.book("alone", &shape, plan.alone, 1);
    let sagas = ceiling
        .run("alone", 1, Duration::from_secs(60), plan.alone)
        .await?;
    alone.check(sagas)?;
    // One begins when the one before has ended: the time between two ends is that of a saga.
    let ends: Vec<u64> = (0..sagas).filter_map(|number| alone.over(number)).collect();
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a minute")]
    let mut took: Vec<f64> = ends
        .windows(2)
        .map(|two| (two[1] - two[0]) as f64 / 1000.0)
        .collect();
    took.sort_by(f64::total_cmp);
    figures.insert("p50 ms".to_owned(), quantile(&took, 0.5));
    figures.insert("p99 ms".to_owned(), quantile(&took, 0.99));
    let mut settings = session.settings(&["alone", "seconds", "window"]);
    settings.insert("on".to_owned(), ceiling.described().await?);
    session.keep(["W1", "", System::Ceiling.word()], round, figures, settings)
}

/// Transitions of a saga: one for each step, and its end.
const TRANSITIONS: usize = 6;

/// A file to which transitions are appended in groups, each written and synced at once: as many bytes
/// as the embedded store writes for them, and nothing else.
pub(super) async fn append(session: &Session, round: usize) -> Result<(), Fault> {
    let plan = session.plan.clone();
    let figures = tokio::task::spawn_blocking(move || {
        let folder = site::folder()?;
        let mut file = File::create(folder.path().join("log")).during("a log")?;
        let mut figures = Figures::new();
        let meter = Meter::start(vec![Part::own()], Vec::new());
        // All that are under way wait for the same sync, and go on together.
        let (mut sagas, start) = (0, Instant::now());
        while start.elapsed() < plan.time {
            for transition in 0..TRANSITIONS {
                write(&mut file, &vec![b' '; size(transition) * plan.window])?;
            }
            sagas += plan.window;
        }
        let took = start.elapsed().as_secs_f64();
        super::rates(&mut figures, sagas, TRANSITIONS - 1, took);
        meter.stop(figures["steps"], &mut figures);
        let mut alone = Vec::new();
        for _ in 0..plan.alone {
            let start = Instant::now();
            for transition in 0..TRANSITIONS {
                write(&mut file, &vec![b' '; size(transition)])?;
            }
            alone.push(start.elapsed().as_secs_f64() * 1000.0);
        }
        alone.sort_by(f64::total_cmp);
        figures.insert("p50 ms".to_owned(), quantile(&alone, 0.5));
        figures.insert("p99 ms".to_owned(), quantile(&alone, 0.99));
        Ok::<_, Fault>(figures)
    });
    let figures = figures.await.during("the appending thread")??;
    let mut settings = session.settings(&["alone", "seconds", "window"]);
    let on = "a file, write and fdatasync a group".to_owned();
    settings.insert("on".to_owned(), on);
    session.keep(["W1", "", System::Append.word()], round, figures, settings)
}

fn write(file: &mut File, bytes: &[u8]) -> Result<(), Fault> {
    file.write_all(bytes)
        .and_then(|()| file.sync_data())
        .during("a log")
}

/// Bytes of a transition, with its row.
fn size(transition: usize) -> usize {
    let events = match transition {
        0 => sizes::STARTED,
        at if at + 1 == TRANSITIONS => sizes::ENDED,
        _ => sizes::BETWEEN,
    };
    events + sizes::ROW
}
