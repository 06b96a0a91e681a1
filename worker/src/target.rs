//! Where a request goes: base URL, path and query put together, and redirects resolved.

use http::Uri;
use std::borrow::Cow;

/// Why a target cannot be called. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("`{0}` is no URL: {1}")]
    NoUrl(String, String),
    #[error("`{0}` must be an http:// or https:// URL")]
    Scheme(String),
    #[error("the URL of host `{0}` carries a user name; name a secret in the catalogue instead")]
    Credentials(String),
    #[error("the path `{0}` of an operation must start with `/`")]
    Path(String),
}

/// The URL of an operation: `base` (`http://host/prefix`), `path` below it, and the query.
pub fn operation(base: &str, path: &str, query: &[(String, String)]) -> Result<Uri, TargetError> {
    // Without the slash a path like `@evil.example/` would turn the base's host into a user name.
    if !path.starts_with('/') {
        return Err(TargetError::Path(path.to_owned()));
    }
    inline(&format!("{}{path}", base.trim_end_matches('/')), query)
}

/// The URL of an inline call, whole already, and the query.
pub fn inline(url: &str, query: &[(String, String)]) -> Result<Uri, TargetError> {
    let url = url.split('#').next().unwrap_or(url);
    let mut text = lenient(url);
    for (name, value) in query {
        let text = text.to_mut();
        text.push(if text.contains('?') { '&' } else { '?' });
        text.push_str(&percent(name));
        text.push('=');
        text.push_str(&percent(value));
    }
    checked(&text)
}

/// Where `location` leads from `from`; only within the same scheme.
pub fn redirect(from: &Uri, location: &str) -> Result<Uri, TargetError> {
    let scheme = from.scheme_str().unwrap_or("http");
    let host = from.authority().map_or("", |authority| authority.as_str());
    let location = location.split('#').next().unwrap_or(location);
    let text = if location.contains("://") {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{host}{location}")
    } else if location.starts_with('?') {
        format!("{scheme}://{host}{}{location}", from.path())
    } else {
        let folder = from
            .path()
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        format!("{scheme}://{host}{folder}/{location}")
    };
    let to = checked(&lenient(&text))?;
    if to.scheme() == from.scheme() {
        Ok(to)
    } else {
        Err(TargetError::Scheme(shown(&text)))
    }
}

fn checked(text: &str) -> Result<Uri, TargetError> {
    let uri: Uri = text
        .parse()
        .map_err(|e: http::uri::InvalidUri| TargetError::NoUrl(shown(text), e.to_string()))?;
    let Some(authority) = uri.authority() else {
        return Err(TargetError::Scheme(shown(text)));
    };
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(TargetError::Scheme(shown(text)));
    }
    if authority.as_str().contains('@') {
        return Err(TargetError::Credentials(authority.host().to_owned()));
    }
    Ok(uri)
}

/// The URL as a message may show it: without what could be a password.
fn shown(url: &str) -> String {
    url.rsplit_once('@')
        .map_or(url, |(_, rest)| rest)
        .to_owned()
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
pub fn percent(text: &str) -> Cow<'_, str> {
    encode(text, |b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

/// Percent-encodes only what no URL may hold, and leaves what the author encoded.
fn lenient(text: &str) -> Cow<'_, str> {
    encode(text, |b| {
        b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b)
    })
}

/// Percent-encodes what a header may not hold: control characters and everything beyond ASCII.
pub fn header_text(text: &str) -> Cow<'_, str> {
    encode(text, |b| b.is_ascii_graphic() || b == b' ')
}

/// Mostly there is nothing to encode.
fn encode(text: &str, keep: impl Fn(u8) -> bool) -> Cow<'_, str> {
    if text.bytes().all(&keep) {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if keep(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    Cow::Owned(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn operations_stay_below_their_service() {
        let base = "http://127.0.0.1:7071/payments/";
        let uri = operation(base, "/void/ä b?x=1", &pairs(&[("a&b", "c=d é")])).expect("a URL");
        assert_eq!(
            uri.to_string(),
            "http://127.0.0.1:7071/payments/void/%C3%A4%20b?x=1&a%26b=c%3Dd%20%C3%A9"
        );
        for bad in ["@evil.example/", "evil", "", ":80/"] {
            assert_eq!(
                operation("http://host", bad, &[]),
                Err(TargetError::Path(bad.to_owned()))
            );
        }
    }

    #[test]
    fn inline_calls_are_http_and_carry_no_credentials() {
        assert!(inline("https://example.org/a?b=c#d", &[]).is_ok());
        for bad in [
            "file:///etc/passwd",
            "/path",
            "example.org",
            "ftp://x/",
            "http://",
            "",
        ] {
            assert!(inline(bad, &[]).is_err(), "{bad}");
        }
        for bad in [
            "http://me:hunter2@host/",
            "ftp://me:hunter2@host/",
            "http://me:hunter2@[host/",
        ] {
            let error = inline(bad, &[]).expect_err("is refused");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn redirects_resolve_as_browsers_do_and_keep_the_scheme() {
        let from: Uri = "http://host:1/a/b?c".parse().expect("a URL");
        let table = [
            ("/x", "http://host:1/x"),
            ("x?y#z", "http://host:1/a/x?y"),
            ("?y", "http://host:1/a/b?y"),
            ("//other/x", "http://other/x"),
            ("http://other:2/x", "http://other:2/x"),
        ];
        for (location, to) in table {
            assert_eq!(redirect(&from, location).expect(location).to_string(), to);
        }
        for bad in [
            "https://host/",
            "file:///etc/passwd",
            "http://a@b/",
            "gopher://x/",
        ] {
            assert!(redirect(&from, bad).is_err(), "{bad}");
        }
    }
}
