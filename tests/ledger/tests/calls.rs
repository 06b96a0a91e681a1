//! The service over real sockets: what is kept is what was answered, and every lie is the lie it is
//! named after.

use baton_ledger::manner::{LIES, Lie};
use baton_ledger::record::{self, Effect, Line, Verdict};
use baton_ledger::server::Service;
use baton_ledger::weather::Weather;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The most of an answer that is looked at.
const MOST: usize = 256 * 1024;

struct Served {
    at: SocketAddr,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

async fn serve(weather: Weather) -> Served {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ledger.jsonl");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let service = Service::open(&file, 1, weather, at.port()).expect("it opens");
    tokio::spawn(service.serve(listener));
    Served {
        at,
        file,
        _folder: folder,
    }
}

fn request(path: &str, key: &str, more: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nIdempotency-Key: {key}\r\nBaton-Saga: s\r\n\
         Baton-Step: a\r\nBaton-Attempt: 1\r\n{more}Content-Length: 2\r\n\r\n{{}}"
    )
}

/// What comes back until the peer closes, enough was read, or nothing more comes.
async fn told(served: &Served, request: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(served.at).await.expect("connects");
    stream.write_all(request.as_bytes()).await.expect("sends");
    let mut answer = Vec::new();
    let quiet = Duration::from_millis(700);
    while answer.len() < MOST {
        match tokio::time::timeout(quiet, stream.read_buf(&mut answer)).await {
            Ok(Ok(1..)) => {}
            _ => break,
        }
    }
    answer
}

fn lines(served: &Served) -> Vec<Line> {
    record::read(&served.file).expect("the file reads")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_lie_is_told_and_the_effect_is_kept() {
    let served = serve(Weather {
        lies: 1000,
        stubborn: 1,
        ..Weather::default()
    })
    .await;
    for (lie, word) in LIES {
        let answer = told(&served, &request(&format!("/{word}/do"), word, "")).await;
        let text = String::from_utf8_lossy(&answer);
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let honest = format!("{{\"receipt\":\"receipt for {word}\"}}");
        let as_named = match lie {
            Lie::Applied500 => text.starts_with("HTTP/1.1 500"),
            Lie::AppliedHang => answer.is_empty(),
            Lie::Unapplied200 | Lie::Twice => text.starts_with("HTTP/1.1 200") && body == honest,
            Lie::Another => body.contains("another:saga"),
            Lie::Html => text.contains("text/html"),
            Lie::Utf8 => std::str::from_utf8(&answer).is_err(),
            Lie::Huge | Lie::Endless => answer.len() >= MOST,
            Lie::Drip => answer.len() < 4,
            Lie::Cut => {
                text.contains("Content-Length") && honest.starts_with(body) && body != honest
            }
            Lie::Length => body == honest && !text.contains(&format!("Length: {}\r", honest.len())),
            Lie::Redirect => {
                text.starts_with("HTTP/1.1 307") && text.contains("Location: /trap/same")
            }
            Lie::RedirectAway => text.contains("Location: http://localhost:"),
            Lie::Flood => text.matches("X-Flood-").count() > 1000,
            Lie::RetryAfter => text.starts_with("HTTP/1.1 503") && text.contains("946080000"),
        };
        assert!(
            as_named,
            "{word}: {}",
            text.chars().take(300).collect::<String>()
        );
        let line = lines(&served).pop().expect("a line");
        let wanted = match lie {
            Lie::Unapplied200 => Effect::None,
            Lie::Twice => Effect::Twice,
            _ => Effect::Applied,
        };
        assert_eq!((&*line.service, line.effect), (word, wanted));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_liar_heals_and_a_followed_redirect_is_counted() {
    let served = serve(Weather {
        lies: 1000,
        stubborn: 9,
        ..Weather::default()
    })
    .await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    told(&served, &get("/trap/same")).await;
    told(&served, "POST /admin/heal HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let answer = told(&served, &request("/html/do", "k", "")).await;
    assert!(answer.starts_with(b"HTTP/1.1 200") && answer.ends_with(b"for k\"}"));
    let counted = told(&served, &get("/admin/count")).await;
    let counted = String::from_utf8_lossy(&counted).into_owned();
    assert!(
        counted.ends_with(r#"{"calls":1,"pending":0,"trapped":1,"authorized":0}"#),
        "{counted}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn late_is_late_and_meets_the_undo_that_came_between() {
    let served = serve(Weather {
        late: 1000,
        late_ms: 400,
        stubborn: 1,
        ..Weather::default()
    })
    .await;
    let forward = request("/tombstones/do", "k", "");
    let undo = request("/tombstones/undo", "k:undo", "Baton-Compensates: k\r\n");
    let (late, undone) = tokio::join!(told(&served, &forward), async {
        while lines(&served).is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        told(&served, &undo).await
    });
    assert!(undone.starts_with(b"HTTP/1.1 404") && late.starts_with(b"HTTP/1.1 410"));
    let effects: Vec<_> = lines(&served)
        .iter()
        .map(|line| (line.arrived, line.effect))
        .collect();
    let wanted = [
        (1, Effect::Pending),
        (2, Effect::Nothing),
        (1, Effect::Entombed),
    ];
    assert_eq!(effects, wanted);
}

/// Many at once: no line is lost or torn, and one key has one effect however often it is called.
#[tokio::test(flavor = "multi_thread")]
async fn many_callers_share_a_sync() {
    const CALLERS: usize = 64;
    const CALLS: usize = 50;
    let served = serve(Weather::default()).await;
    let start = std::time::Instant::now();
    let callers = (0..CALLERS).map(|caller| {
        let at = served.at;
        tokio::spawn(async move {
            let mut stream = TcpStream::connect(at).await.expect("connects");
            let mut buffer = vec![0; 4096];
            for call in 0..CALLS {
                // Two callers to each key.
                let text = request("/honest/do", &format!("{}-{call}", caller / 2), "");
                stream.write_all(text.as_bytes()).await.expect("sends");
                let read = stream.read(&mut buffer).await.expect("is answered");
                assert!(buffer[..read].starts_with(b"HTTP/1.1 200"));
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.expect("a caller");
    }
    let took = start.elapsed();
    println!("{} calls in {took:?}", CALLERS * CALLS);
    let lines = lines(&served);
    assert_eq!(lines.len(), CALLERS * CALLS);
    assert!(lines.iter().zip(1..).all(|(line, n)| line.arrived == n));
    assert!(lines.iter().all(|line| line.verdict == Verdict::Ok));
    let applied = lines
        .iter()
        .filter(|line| line.effect == Effect::Applied)
        .count();
    assert_eq!(applied, CALLERS * CALLS / 2);
}
