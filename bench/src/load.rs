//! Submits sagas: as many as are allowed under way, or one alone.

use crate::book::Book;
use crate::fault::{During, Fault};
use crate::link::Link;
use crate::site::{Entry, Helper};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// How long no saga may end before a run is given up.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long one saga alone may take.
const LONGEST: Duration = Duration::from_mins(20);

/// What came of a run at saturation.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub sagas: usize,
    /// From the first submission to the last call, in seconds.
    pub took: f64,
    /// Submissions that were refused for now and repeated.
    pub refused: u64,
}

/// Submits for `time` from `clients` connections, as many sagas as `book` has room for, and waits
/// until each made its last call. Every call must have been made exactly once.
pub async fn saturate(
    entry: &Entry,
    book: &Arc<Book>,
    clients: usize,
    time: Duration,
) -> Result<Run, Fault> {
    let next = Arc::new(AtomicUsize::new(0));
    let refused = Arc::new(AtomicU64::new(0));
    let begun = book.now();
    let until = Instant::now() + time;
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        let client = Client::of(entry, client);
        let (book, next, refused) = (book.clone(), next.clone(), refused.clone());
        tasks.spawn(async move { client.submit_all(&book, &next, &refused, until).await });
    }
    while let Some(done) = tasks.join_next().await {
        done.during("a client")??;
    }
    let sagas = next.load(Ordering::SeqCst).min(book.capacity());
    book.until(sagas, PATIENCE).await?;
    book.check(sagas)?;
    let took = Duration::from_micros(book.last() - begun).as_secs_f64();
    let refused = refused.load(Ordering::SeqCst);
    Ok(Run {
        sagas,
        took,
        refused,
    })
}

/// Submits as many sagas as `book` has room for, waits for none, and says how long that took.
pub async fn submit(entry: &Entry, book: &Arc<Book>, clients: usize) -> Result<Duration, Fault> {
    let start = Instant::now();
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        let mut client = Client::of(entry, client);
        let (book, next) = (book.clone(), next.clone());
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::SeqCst);
                if number >= book.capacity() {
                    return Ok::<_, Fault>(());
                }
                while let Some(pause) = client.submit(&book, number).await? {
                    tokio::time::sleep(pause).await;
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.during("a client")??;
    }
    Ok(start.elapsed())
}

/// Runs as many sagas as `book` has room for, each alone, and says how long each took in
/// milliseconds, from the submission to the answer that it ended, the shortest first.
pub async fn alone(entry: &Entry, book: &Book) -> Result<Vec<f64>, Fault> {
    let mut client = Client::of(entry, 0);
    let mut took = Vec::with_capacity(book.capacity());
    for number in 0..book.capacity() {
        let start = Instant::now();
        client.run(book, number).await?;
        took.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    book.check(book.capacity())?;
    took.sort_by(f64::total_cmp);
    Ok(took)
}

/// One connection that submits.
pub struct Client {
    entry: Entry,
    /// None where a program submits.
    link: Option<Link>,
}

impl Client {
    pub fn of(entry: &Entry, number: usize) -> Self {
        let link = match entry {
            Entry::Baton(apis) => Some(Link::to(apis[number % apis.len()])),
            Entry::Restate(ingress) => Some(Link::to(*ingress)),
            Entry::Celery(_) => None,
        };
        Self {
            entry: entry.clone(),
            link,
        }
    }

    async fn submit_all(
        mut self,
        book: &Book,
        next: &AtomicUsize,
        refused: &AtomicU64,
        until: Instant,
    ) -> Result<(), Fault> {
        loop {
            let room = tokio::time::timeout(PATIENCE, book.window.acquire()).await;
            let room = room.during("no saga ends")?.during("the window")?;
            room.forget();
            if Instant::now() >= until {
                // Others may be waiting for room to learn that time is over.
                book.window.add_permits(1);
                return Ok(());
            }
            let number = next.fetch_add(1, Ordering::SeqCst);
            if number >= book.capacity() {
                book.window.add_permits(1);
                return Ok(());
            }
            while let Some(pause) = self.submit(book, number).await? {
                refused.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// Submits one; how long to wait before trying again, where it was refused for now.
    pub async fn submit(&mut self, book: &Book, number: usize) -> Result<Option<Duration>, Fault> {
        let (shape, id) = (book.shape(), book.id(number));
        let input = shape.input(&id);
        let (path, body) = match &self.entry {
            Entry::Baton(_) => {
                let body = json!({ "workflow": shape.workflow, "id": id, "input": input });
                ("/v1/sagas", body)
            }
            Entry::Restate(_) => ("/Five/run/send", input),
            Entry::Celery(program) => {
                return told(program, &input.to_string()).await.map(|()| None);
            }
        };
        let answer = self.link()?.post(path, &body).await?;
        match answer.status {
            200..=202 => Ok(None),
            429 | 503 => Ok(Some(answer.retry_after())),
            status => {
                let body = String::from_utf8_lossy(&answer.body).into_owned();
                Err(Fault(format!("{id} was refused: {status} {body}")))
            }
        }
    }

    fn link(&mut self) -> Result<&mut Link, Fault> {
        self.link
            .as_mut()
            .ok_or_else(|| Fault::new("no connection where a program submits"))
    }

    /// Submits one and waits until it has ended.
    async fn run(&mut self, book: &Book, number: usize) -> Result<(), Fault> {
        let (shape, id) = (book.shape(), book.id(number));
        match &self.entry {
            Entry::Baton(_) => {
                while let Some(pause) = self.submit(book, number).await? {
                    tokio::time::sleep(pause).await;
                }
                let path = format!("/v1/sagas/{id}/wait?timeout=110s");
                let start = Instant::now();
                loop {
                    let saga = self.link()?.get(&path).await?.json();
                    match saga["status"].as_str() {
                        Some(status) if status == shape.status => return Ok(()),
                        Some("running" | "waiting") if start.elapsed() < LONGEST => {}
                        _ => return Err(Fault(format!("{id} did not end: {saga}"))),
                    }
                }
            }
            Entry::Restate(_) => {
                let answer = self.link()?.post("/Five/run", &shape.input(&id)).await?;
                let wanted = if shape.refused { 422 } else { 200 };
                match answer.status == wanted {
                    true => Ok(()),
                    false => Err(Fault(format!("{id} ended with {}", answer.status))),
                }
            }
            Entry::Celery(program) => {
                // What undoes is told to nobody there: the calls tell its end.
                let wait = if shape.refused { "" } else { "wait " };
                told(program, &format!("{wait}{}", shape.input(&id))).await?;
                book.until(number + 1, PATIENCE).await
            }
        }
    }
}

/// Has a program do it, one after the other.
async fn told(program: &Mutex<Helper>, line: &str) -> Result<(), Fault> {
    let mut program = program.lock().await;
    program.tell(line).await?;
    let said = program.hear(PATIENCE).await?;
    (said == "done")
        .then_some(())
        .ok_or_else(|| Fault(format!("submitting: {said}")))
}
