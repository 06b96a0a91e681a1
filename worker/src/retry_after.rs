//! `Retry-After`: seconds or an HTTP date, and never more than a day.

use baton_shared::Timestamp;
use std::time::Duration;

/// The longest wish of a service that is honoured; beyond it the retry policy's own end decides.
pub const LONGEST: Duration = Duration::from_secs(86_400);

/// How long the service asks us to wait, from `now`. `None` where the text is neither seconds nor a
/// date.
pub fn parse(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit is still a number of seconds: a very large one.
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LONGEST));
    }
    let date = jiff::fmt::rfc2822::parse(text)
        .ok()?
        .timestamp()
        .as_millisecond();
    let at = Timestamp(u64::try_from(date).unwrap_or(0));
    Some(at.since(now).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_capped() {
        let now = Timestamp(784_111_777_000); // Sun, 06 Nov 1994 08:49:37 GMT
        let table = [
            ("0", Some(0)),
            (" 7 ", Some(7)),
            ("1000000000", Some(86_400)),
            ("99999999999999999999999", Some(86_400)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sun, 06 Nov 1994 08:49:27 GMT", Some(0)),
            ("Mon, 06 Nov 2034 08:49:37 GMT", Some(86_400)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 99 Nov 1994 08:49:47 GMT", None),
        ];
        for (text, seconds) in table {
            assert_eq!(
                parse(text, now),
                seconds.map(Duration::from_secs),
                "{text:?}"
            );
        }
    }
}
