//! Times for people: how long, how long ago, at what time of day.

use baton_shared::Timestamp;
use std::time::Duration;

/// Reads RFC 3339; `None` where it is none.
pub fn parse(text: &str) -> Option<Timestamp> {
    let at: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(at.as_millisecond()).ok().map(Timestamp)
}

/// `12ms`, `1.24s`, `2m 05s`, `3h 12m`, `2d 4h`.
pub fn span(duration: Duration) -> String {
    let ms = duration.as_millis();
    let s = ms / 1000;
    match s {
        0 => format!("{ms}ms"),
        1..10 => format!("{s}.{:02}s", ms % 1000 / 10),
        10..60 => format!("{s}.{}s", ms % 1000 / 100),
        60..3600 => format!("{}m {:02}s", s / 60, s % 60),
        3600..86_400 => format!("{}h {:02}m", s / 3600, s / 60 % 60),
        _ => format!("{}d {}h", s / 86_400, s / 3600 % 24),
    }
}

/// As [`span`], of what is still counting: whole tenths, so that it does not flicker.
pub fn counting(duration: Duration) -> String {
    match duration.as_secs() {
        s @ 0..60 => format!("{s}.{}s", duration.subsec_millis() / 100),
        _ => span(duration),
    }
}

/// `just now`, `3s ago`, `5m ago`, `2h ago`, `4d ago`.
pub fn ago(then: Timestamp, now: Timestamp) -> String {
    let s = now.since(then).as_secs();
    match s {
        0 => "just now".into(),
        1..60 => format!("{s}s ago"),
        60..3600 => format!("{}m ago", s / 60),
        3600..86_400 => format!("{}h ago", s / 3600),
        _ => format!("{}d ago", s / 86_400),
    }
}

/// As [`ago`], from RFC 3339; what is no time is shown as it is.
pub fn ago_text(text: &str, now: Timestamp) -> String {
    parse(text).map_or_else(|| super::plain(text), |then| ago(then, now))
}

/// `in 1.5s`, `now`.
pub fn until(then: Timestamp, now: Timestamp) -> String {
    if then <= now {
        return "now".into();
    }
    let left = then.since(now);
    match left.as_secs() {
        0..10 => format!("in {}", counting(left)),
        s @ 10..60 => format!("in {s}s"),
        _ => format!("in {}", span(left)),
    }
}

/// The time of day in UTC with milliseconds: `04:00:01.120Z`.
pub fn clock(at: Timestamp) -> String {
    at.rfc3339()
        .get(11..)
        .expect("RFC 3339 in milliseconds")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_well_at_every_size() {
        for (ms, shown) in [
            (0, "0ms"),
            (999, "999ms"),
            (1_240, "1.24s"),
            (9_999, "9.99s"),
            (12_345, "12.3s"),
            (125_000, "2m 05s"),
            (11_520_000, "3h 12m"),
            (187_200_000, "2d 4h"),
        ] {
            assert_eq!(span(Duration::from_millis(ms)), shown);
        }
        assert_eq!(counting(Duration::from_millis(480)), "0.4s");
        assert_eq!(counting(Duration::from_millis(125_900)), "2m 05s");
    }

    #[test]
    fn moments_are_told_from_now() {
        let now = parse("2026-11-23T04:00:00.000Z").expect("a time");
        let before = |s: u64| Timestamp(now.0 - s * 1000);
        for (s, shown) in [
            (0, "just now"),
            (3, "3s ago"),
            (300, "5m ago"),
            (7_300, "2h ago"),
            (400_000, "4d ago"),
        ] {
            assert_eq!(ago(before(s), now), shown);
        }
        assert_eq!(until(Timestamp(now.0 + 1_540), now), "in 1.5s");
        assert_eq!(until(Timestamp(now.0 + 42_900), now), "in 42s");
        assert_eq!(until(before(1), now), "now");
        assert_eq!(clock(Timestamp(now.0 + 1_120)), "04:00:01.120Z");
        assert_eq!(ago_text("yesterday", now), "yesterday");
    }
}
