//! `Retry-After`: seconds or a date, never more than a day, never before now.

use super::{Target, none, text};
use baton_shared::Timestamp;
use baton_worker::retry_after::{LONGEST, parse};
use std::time::Duration;

pub(super) const TARGET: Target = Target {
    name: "retry-after",
    run,
    seeds: none,
    words: &[
        "Sun, ", " Nov ", " 1994 ", "08:49:37", " GMT", " +0000", " -9999", "0", "9", "-", "+",
    ],
};

/// Sun, 06 Nov 1994 08:49:37 GMT.
const NOW: Timestamp = Timestamp(784_111_777_000);

fn run(bytes: &[u8]) {
    let text = text(bytes);
    let wait = parse(&text, NOW);
    assert!(wait.is_none_or(|wait| wait <= LONGEST), "{text}: {wait:?}");
    let trimmed = text.trim();
    if !trimmed.is_empty() && trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = trimmed.parse().unwrap_or(u64::MAX);
        assert_eq!(
            wait,
            Some(Duration::from_secs(seconds).min(LONGEST)),
            "{text}"
        );
        return;
    }
    // A date is a moment: the later we look, the shorter the wait.
    for (now, most) in [
        (Timestamp(0), LONGEST),
        (Timestamp(u64::MAX), Duration::ZERO),
    ] {
        let then = parse(&text, now);
        assert_eq!(then.is_some(), wait.is_some(), "{text}");
        assert!(then.is_none_or(|then| then <= most), "{text}: {then:?}");
    }
}
