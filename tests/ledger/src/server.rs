//! Takes calls, has them decided and kept, and answers.

use crate::book::{Answer, Book, Call};
use crate::http::{self, Request};
use crate::journal::Journal;
use crate::lie;
use crate::manner::Manner;
use crate::record::{self, Line};
use crate::weather::Weather;
use sha2::{Digest, Sha256};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::{TcpListener, TcpStream};

/// Everything a connection needs.
#[derive(Debug)]
pub struct Service {
    seed: u64,
    weather: Weather,
    /// The weather is over, and nobody lies any more.
    healed: AtomicBool,
    /// Requests that should never have come: redirects that were followed.
    trapped: AtomicU64,
    /// Calls that carried credentials; which, is not kept.
    authorized: AtomicU64,
    book: Mutex<Book>,
    journal: Journal,
    /// This host under another name.
    elsewhere: String,
}

impl Service {
    /// Continues the ledger in this file, or begins one.
    pub fn open(file: &Path, seed: u64, weather: Weather, port: u16) -> io::Result<Self> {
        let lines = if file.exists() {
            record::mend(file)?;
            record::read(file)?
        } else {
            Vec::new()
        };
        Ok(Self {
            seed,
            weather,
            healed: AtomicBool::new(false),
            trapped: AtomicU64::new(0),
            authorized: AtomicU64::new(0),
            book: Mutex::new(Book::from(&lines)),
            journal: Journal::open(file)?,
            elsewhere: format!("http://localhost:{port}"),
        })
    }

    /// Serves for ever.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        let service = Arc::new(self);
        loop {
            let (stream, _) = listener.accept().await?;
            let service = service.clone();
            tokio::spawn(async move {
                // A peer that goes away in the middle is what this is here for.
                drop(service.talk(stream).await);
            });
        }
    }

    async fn talk(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut buffer = Vec::new();
        while let Some(request) = http::read(&mut stream, &mut buffer).await? {
            let on = match self.call(&request) {
                Some(call) => {
                    let carried = request.header("authorization").is_some();
                    let carried = u64::from(carried);
                    self.authorized.fetch_add(carried, Ordering::SeqCst);
                    self.take(&mut stream, &call).await?
                }
                None => self.other(&mut stream, &request).await?,
            };
            if !on {
                break;
            }
        }
        Ok(())
    }

    /// Decides a call, keeps it, answers. False when the connection is to be closed.
    async fn take(&self, stream: &mut TcpStream, call: &Call) -> io::Result<bool> {
        let (line, answer, slow, waits) = {
            let mut book = self.book();
            let nth = book.seen(call.manner, &call.key);
            let (drawn, slow) = self.weather(call, nth);
            let (line, answer) = book.take(call, drawn, now_ms());
            // Handed over under the lock: the file has the order in which things happened.
            let waits = self.journal.append(line.clone());
            (line, answer, slow, waits)
        };
        waits.await.map_err(io::Error::other)?;
        tokio::time::sleep(Duration::from_millis(slow)).await;
        match answer {
            Answer::Later => self.later(stream, call, &line).await,
            answer => self.answer(stream, call, answer).await,
        }
    }

    fn weather(&self, call: &Call, nth: u32) -> (crate::weather::Drawn, u64) {
        if self.healed.load(Ordering::SeqCst) {
            return (crate::weather::Drawn::Fair, 0);
        }
        self.weather
            .draw(self.seed, call.manner, call.sure, &call.key, nth)
    }

    /// Applies it when hardly anybody waits any more.
    async fn later(&self, stream: &mut TcpStream, call: &Call, line: &Line) -> io::Result<bool> {
        tokio::time::sleep(Duration::from_millis(self.weather.late_ms)).await;
        let (answer, waits) = {
            let mut book = self.book();
            let (line, answer) = book.settle(call, line.arrived, now_ms());
            (answer, self.journal.append(line))
        };
        waits.await.map_err(io::Error::other)?;
        self.answer(stream, call, answer).await
    }

    async fn answer(
        &self,
        stream: &mut TcpStream,
        call: &Call,
        answer: Answer,
    ) -> io::Result<bool> {
        let honest = receipt(&call.key);
        match answer {
            Answer::Ok => http::answer(stream, "200 OK", "", &honest).await?,
            Answer::Absent => problem(stream, "404 Not Found", "nothing to undo").await?,
            Answer::Refused => problem(stream, "422 Refused", "not today").await?,
            Answer::Entombed => problem(stream, "410 Gone", "undone before it came").await?,
            Answer::Failed => problem(stream, "500 Oops", "something broke").await?,
            Answer::Busy => http::answer(stream, "503 Busy", "Retry-After: 0\r\n", "{}").await?,
            Answer::Lie(crate::manner::Lie::Another) => {
                http::answer(stream, "200 OK", "", &receipt("another:saga")).await?;
            }
            Answer::Lie(lie) => {
                lie::tell(stream, lie, &honest, &self.elsewhere).await?;
                return Ok(false);
            }
            Answer::Close | Answer::Later => return Ok(false),
        }
        Ok(true)
    }

    /// What is no call: questions about the ledger, and the trap.
    async fn other(&self, stream: &mut TcpStream, request: &Request) -> io::Result<bool> {
        match (request.method.as_str(), request.path.as_str()) {
            (_, path) if path.starts_with("/trap/") => {
                self.trapped.fetch_add(1, Ordering::SeqCst);
                http::answer(stream, "200 OK", "", "{}").await?;
            }
            ("POST", "/admin/heal") => {
                self.healed.store(true, Ordering::SeqCst);
                http::answer(stream, "200 OK", "", "{}").await?;
            }
            ("GET", "/admin/count") => {
                let counted = {
                    let book = self.book();
                    serde_json::json!({
                        "calls": book.calls(),
                        "pending": book.pending(),
                        "trapped": self.trapped.load(Ordering::SeqCst),
                        "authorized": self.authorized.load(Ordering::SeqCst),
                    })
                };
                http::answer(stream, "200 OK", "", &counted.to_string()).await?;
            }
            _ => problem(stream, "404 Not Found", "no such path").await?,
        }
        Ok(true)
    }

    /// The call a request makes; none when it makes none.
    fn call(&self, request: &Request) -> Option<Call> {
        let (manner, operation) = request.path.strip_prefix('/')?.split_once('/')?;
        let manner = Manner::named(manner)?;
        let (undo, sure) = match operation {
            "do" => (false, false),
            "sure" => (false, true),
            "undo" => (true, true),
            _ => return None,
        };
        let text = |name| request.header(name).unwrap_or_default().to_owned();
        let hash = Sha256::digest(&request.body);
        Some(Call {
            manner,
            undo,
            sure,
            key: text("idempotency-key"),
            saga: text("baton-saga"),
            step: text("baton-step"),
            attempt: text("baton-attempt").parse().unwrap_or(0),
            compensates: request.header("baton-compensates").map(str::to_owned),
            deadline: text("baton-deadline"),
            body: hash
                .iter()
                .take(8)
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        })
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book
            .lock()
            .expect("nothing panics while it holds the book")
    }
}

/// What a success says.
fn receipt(key: &str) -> String {
    serde_json::json!({ "receipt": format!("receipt for {key}") }).to_string()
}

async fn problem(stream: &mut TcpStream, status: &str, detail: &str) -> io::Result<()> {
    let body = serde_json::json!({
        "type": "https://ledger.example/problem",
        "title": status,
        "detail": detail,
    });
    http::answer(stream, status, "", &body.to_string()).await
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
}
