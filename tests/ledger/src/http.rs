//! As much HTTP/1.1 as is needed to be called, and to answer in ways no library would.

use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The most bytes of a request's head, and of its body.
const HEAD: usize = 64 * 1024;
const BODY: usize = 16 * 1024 * 1024;

/// A request, whole.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        self.headers
            .iter()
            .find(found)
            .map(|(_, value)| value.as_str())
    }
}

/// The next request of this connection; none when the peer is done.
pub(crate) async fn read(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
) -> io::Result<Option<Request>> {
    loop {
        if let Some((mut request, head, length)) = parse(buffer)? {
            while buffer.len() < head + length {
                if stream.read_buf(buffer).await? == 0 {
                    return Ok(None);
                }
            }
            request.body = buffer[head..head + length].to_vec();
            buffer.drain(..head + length);
            return Ok(Some(request));
        }
        if buffer.len() > HEAD {
            return Err(io::Error::other("a head of more than 64 KiB"));
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

/// The head at the start of `bytes`, its length and that of the body; none while it is not whole.
fn parse(bytes: &[u8]) -> io::Result<Option<(Request, usize, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Request::new(&mut headers);
    let status = parsed.parse(bytes).map_err(io::Error::other)?;
    let httparse::Status::Complete(head) = status else {
        return Ok(None);
    };
    let text = |header: &httparse::Header<'_>| {
        let value = String::from_utf8_lossy(header.value).into_owned();
        (header.name.to_owned(), value)
    };
    let request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: parsed.path.unwrap_or_default().to_owned(),
        headers: parsed.headers.iter().map(text).collect(),
        body: Vec::new(),
    };
    if request.header("transfer-encoding").is_some() {
        return Err(io::Error::other(
            "a body in chunks, which nobody sends here",
        ));
    }
    let length = request.header("content-length").unwrap_or("0");
    let length: usize = length.parse().map_err(io::Error::other)?;
    if length > BODY {
        return Err(io::Error::other("a body of more than 16 MiB"));
    }
    Ok(Some((request, head, length)))
}

/// An answer as it should be.
pub(crate) async fn answer(
    stream: &mut TcpStream,
    status: &str,
    more: &str,
    body: &str,
) -> io::Result<()> {
    let kind = if status.starts_with('2') {
        "application/json"
    } else {
        "application/problem+json"
    };
    let length = body.len();
    let whole = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{more}\r\n{body}"
    );
    stream.write_all(whole.as_bytes()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_when_it_is_whole() {
        let whole = b"POST /final/do HTTP/1.1\r\nIdempotency-Key: k\r\nContent-Length: 2\r\n\r\n{}";
        let (request, head, length) = parse(whole).expect("reads").expect("whole");
        assert_eq!((request.method.as_str(), length), ("POST", 2));
        assert_eq!(request.header("idempotency-key"), Some("k"));
        assert_eq!(&whole[head..], b"{}");
        assert!(parse(&whole[..30]).expect("reads").is_none());
        assert!(parse(b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n").is_err());
    }
}
