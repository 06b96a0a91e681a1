//! Answers that prove nothing, byte by byte.

use crate::http;
use crate::manner::Lie;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The longest a lie holds a connection, if nobody closes it before.
const LONGEST: Duration = Duration::from_secs(120);
const HUGE: usize = 64 * 1024 * 1024;
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

/// Tells it. `honest` is what the answer should have been, `elsewhere` the same host under another
/// name and port. The connection is of no more use afterwards.
pub(crate) async fn tell(
    stream: &mut TcpStream,
    lie: Lie,
    honest: &str,
    elsewhere: &str,
) -> io::Result<()> {
    let told = async {
        match lie {
            Lie::AppliedHang => gone(stream).await,
            Lie::Endless => endless(stream).await,
            Lie::Drip => drip(stream, honest).await,
            Lie::Huge => huge(stream).await,
            Lie::RetryAfter => {
                let thirty_years = "Retry-After: 946080000\r\n";
                http::answer(stream, "503 Busy", thirty_years, "{}").await
            }
            lie => stream.write_all(&short(lie, honest, elsewhere)).await,
        }
    };
    tokio::time::timeout(LONGEST, told).await.unwrap_or(Ok(()))
}

/// A lie of a few bytes.
fn short(lie: Lie, honest: &str, elsewhere: &str) -> Vec<u8> {
    let length = honest.len();
    let text = match lie {
        Lie::Applied500 => "HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops".to_owned(),
        Lie::Html => {
            let page = "<html><body>Login</body></html>";
            let length = page.len();
            format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\r\n{page}"
            )
        }
        Lie::Utf8 => {
            let head = format!("{OK}Content-Length: 16\r\n\r\n{{\"receipt\":\"");
            return [head.as_bytes(), b"\xff\xfe\"}"].concat();
        }
        Lie::Cut => format!(
            "{OK}Content-Length: {length}\r\n\r\n{}",
            &honest[..length / 2]
        ),
        Lie::Length => {
            let less = length - 3;
            format!("{OK}Content-Length: {less}\r\n\r\n{honest}")
        }
        Lie::Redirect => {
            "HTTP/1.1 307 There\r\nLocation: /trap/same\r\nContent-Length: 0\r\n\r\n".to_owned()
        }
        Lie::RedirectAway => {
            format!(
                "HTTP/1.1 307 There\r\nLocation: {elsewhere}/trap/away\r\nContent-Length: 0\r\n\r\n"
            )
        }
        Lie::Flood => {
            let flood: String = (0..5_000)
                .map(|n| format!("X-Flood-{n}: {n}\r\n"))
                .collect();
            format!("{OK}{flood}Content-Length: {length}\r\n\r\n{honest}")
        }
        _ => format!("{OK}Content-Length: {length}\r\n\r\n{honest}"),
    };
    text.into_bytes()
}

/// Until the peer closes.
async fn gone(stream: &mut TcpStream) -> io::Result<()> {
    let mut byte = [0];
    while stream.read(&mut byte).await? > 0 {}
    Ok(())
}

async fn huge(stream: &mut TcpStream) -> io::Result<()> {
    let head = format!("{OK}Content-Length: {HUGE}\r\n\r\n\"");
    stream.write_all(head.as_bytes()).await?;
    let block = vec![b'x'; 64 * 1024];
    for _ in 0..HUGE / block.len() {
        stream.write_all(&block).await?;
    }
    Ok(())
}

async fn endless(stream: &mut TcpStream) -> io::Result<()> {
    let head = format!("{OK}Transfer-Encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let chunk = [b"4000\r\n".to_vec(), vec![b' '; 0x4000], b"\r\n".to_vec()].concat();
    loop {
        stream.write_all(&chunk).await?;
    }
}

async fn drip(stream: &mut TcpStream, honest: &str) -> io::Result<()> {
    let head = format!("{OK}Content-Length: {}\r\n\r\n", honest.len());
    for byte in head.bytes().chain(honest.bytes()) {
        stream.write_all(&[byte]).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}
