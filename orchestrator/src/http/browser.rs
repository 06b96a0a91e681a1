//! Requests that a page of somebody else makes a browser send.
//!
//! ```text
//!   page of evil.example ──► browser ──► 127.0.0.1     `Origin` says whose page it is
//!   evil.example resolved anew to 127.0.0.1 ──► us     `Host` says who the browser asks
//! ```
//!
//! A token protects by itself: no browser adds it unasked. Without one the browser's own headers do,
//! and no page can forge these. The command line sends no `Origin`.

use super::problem::Problem;
use crate::exposure::Exposure;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use std::net::{IpAddr, SocketAddr};

/// Refuses, on an API without a token, what another page sends or another name is asked for.
pub(super) fn check<B>(exposure: Exposure, request: &Request<B>) -> Result<(), Problem> {
    if exposure.token {
        return Ok(());
    }
    // With TLS a name that is not ours fails at the certificate. Beyond loopback we cannot know by
    // which names we are called.
    let local = exposure.listen.ip().to_canonical().is_loopback() && !exposure.tls;
    if local && let Some(host) = hosts(request).find(|host| !is_here(host, exposure.listen)) {
        return Err(host_refused(&host));
    }
    let headers = request.headers();
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match origins.find(|origin| !is_own(origin, headers)) {
        Some(origin) => Err(origin_refused(&text(origin))),
        None => Ok(()),
    }
}

/// Whom the request is meant for: from the request line and from the header, where they say so.
fn hosts<B>(request: &Request<B>) -> impl Iterator<Item = String> {
    let line = request.uri().authority().map(ToString::to_string);
    let headers = request.headers().get_all(header::HOST).iter().map(text);
    line.into_iter().chain(headers)
}

/// Whether nobody but us can be meant: an address is never resolved, and `localhost` not by others.
fn is_here(host: &str, listen: SocketAddr) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.to_canonical().is_loopback() || ip == listen.ip())
}

/// Whether the page came from where the request goes. The scheme is not compared: something in
/// front of us may end TLS.
fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let origin = text(origin);
    let Some((_scheme, page)) = origin.split_once("://") else {
        return false;
    };
    let mut hosts = headers.get_all(header::HOST).iter();
    hosts.any(|host| text(host).eq_ignore_ascii_case(page))
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

fn host_refused(host: &str) -> Problem {
    Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "host-refused",
        "this API is not called so",
        format!(
            "the header Host says `{host}`, and without a token this API answers only to \
             127.0.0.1, [::1] and localhost; call it by one of these, or set api.tokens"
        ),
    )
}

fn origin_refused(origin: &str) -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "origin-refused",
        "no pages of others",
        format!(
            "the header Origin says that a page of `{origin}` sends this, and without a token no \
             other page may; call without Origin, or set api.tokens and send a token"
        ),
    )
}
