//! URLs as they may be shown.

/// The URL without password and query: `amqp://app:secret@rabbit/shop` is `amqp://app@rabbit/shop`.
/// Of one whose parts cannot be told apart safely only the scheme is left.
pub fn plain_url(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    // The last @ of all: a password that somebody forgot to encode may hold an @ or a slash.
    let (login, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    if login.contains(['?', '#']) {
        return scheme + "…";
    }
    let place = place.split(['?', '#']).next().unwrap_or_default();
    match login.split(':').next().unwrap_or_default() {
        "" => scheme + place,
        user => format!("{scheme}{user}@{place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        for (url, shown) in [
            (
                "amqp://app:s3cret@rabbit:5672/%2f",
                "amqp://app@rabbit:5672/%2f",
            ),
            ("amqp://app:s3@/cret@rabbit/shop", "amqp://app@rabbit/shop"),
            ("redis://:s3cret@h:6379/1", "redis://h:6379/1"),
            ("redis://h?password=s3cret", "redis://h"),
            ("redis://h:6379", "redis://h:6379"),
            ("amqp://app:s3#cret@rabbit", "amqp://…"),
            ("redis://h?password=s3@cret", "redis://…"),
            ("app:s3cret@h", "app@h"),
            ("embedded:.baton", "embedded:.baton"),
        ] {
            assert_eq!(plain_url(url), shown);
        }
    }
}
