//! Durations: an object of units, ISO 8601, or an expression.

use super::Diagnostic;
use super::reader::{Reader, Scope};
use super::tree::{Data, Node};
use crate::workflow::Time;
use jiff::SignedDuration;
use jiff::fmt::temporal::SpanParser;
use std::time::Duration;

const UNITS: [(&str, u64); 5] = [
    ("days", 86_400_000),
    ("hours", 3_600_000),
    ("minutes", 60_000),
    ("seconds", 1_000),
    ("milliseconds", 1),
];
/// The longest, 100 years: what a due time can hold with room to spare.
const LONGEST: Duration = Duration::from_secs(100 * 366 * 86_400);
const FORMS: &str = "write `{ seconds: 30 }`, with days, hours, minutes, seconds and milliseconds, or ISO 8601, as PT30S or P1DT2H";

impl Reader<'_> {
    /// The timeout of a workflow or a task: `{ after: duration }`, or a name of `use.timeouts`.
    pub(super) fn timeout(&mut self, node: &Node, scope: &Scope) -> Option<Time> {
        if let Some(name) = node.text() {
            if let Some(time) = self.uses.timeouts.get(name) {
                return time.clone();
            }
            self.unknown_use(node, "timeout", name);
            return None;
        }
        if !self.keys(node, "`timeout`", &["after"]) {
            return None;
        }
        let Some(after) = node.member("after") else {
            self.missing(node.at, "`timeout`", "after");
            return None;
        };
        self.time(after, scope)
    }

    /// A duration that may be computed.
    pub(super) fn time(&mut self, node: &Node, scope: &Scope) -> Option<Time> {
        match node.text() {
            Some(text) if text.contains("${") => self.expr(node, scope).map(Time::Computed),
            _ => self.duration(node).map(Time::Fixed),
        }
    }

    /// A duration that is known.
    pub(super) fn duration(&mut self, node: &Node) -> Option<Duration> {
        let read = match &node.data {
            Data::Map(_) => return self.units(node),
            Data::Text(text) if text.value.contains("${") => {
                Err("must be known beforehand".to_owned())
            }
            Data::Text(text) => iso_8601(&text.value),
            _ => Err(format!("is {}", node.what())),
        };
        match read {
            Ok(duration) => self.bounded(node, duration),
            Err(why) => {
                let message = format!("this duration {why}");
                self.refuse(Diagnostic::error(node.at, "duration", message).help(FORMS));
                None
            }
        }
    }

    fn units(&mut self, node: &Node) -> Option<Duration> {
        let names = UNITS.map(|(name, _)| name);
        let members = node.map()?;
        if !self.keys(node, "a duration", &names) {
            return None;
        }
        if members.is_empty() {
            self.refuse(
                Diagnostic::error(node.at, "duration", "this duration is empty").help(FORMS),
            );
            return None;
        }
        let mut total = Some(Duration::ZERO);
        for (name, millis) in UNITS {
            if node.member(name).is_none() {
                continue;
            }
            let count = self.count_member(node, name);
            let part = count
                .and_then(|count| count.checked_mul(millis))
                .map(Duration::from_millis);
            // A unit that is too large is too long as well; `bounded` says so.
            let part = if count.is_some() {
                part.or(Some(Duration::MAX))
            } else {
                None
            };
            total = total
                .zip(part)
                .map(|(total, part)| total.saturating_add(part));
        }
        self.bounded(node, total?)
    }

    fn bounded(&mut self, node: &Node, duration: Duration) -> Option<Duration> {
        if duration <= LONGEST {
            return Some(duration);
        }
        self.error(
            node.at,
            "duration",
            "this duration is longer than 100 years",
        );
        None
    }
}

/// Years and months have no fixed length, so they are refused.
fn iso_8601(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{}` is none", text.chars().take(40).collect::<String>());
    let span = SpanParser::new().parse_span(text).map_err(|_| wrong())?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return Err("has years or months, whose length is not fixed".to_owned());
    }
    let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
    let rest = span.days(0).weeks(0);
    let clock = SignedDuration::try_from(rest).map_err(|_| wrong())?;
    let whole = SignedDuration::from_secs(days * 86_400)
        .checked_add(clock)
        .ok_or_else(wrong)?;
    Duration::try_from(whole).map_err(|_| "is negative".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_8601_is_read_and_calendars_are_refused() {
        assert_eq!(iso_8601("PT30S"), Ok(Duration::from_secs(30)));
        assert_eq!(iso_8601("P1DT2H"), Ok(Duration::from_secs(26 * 3600)));
        assert_eq!(iso_8601("P2W"), Ok(Duration::from_secs(14 * 86_400)));
        assert_eq!(iso_8601("PT0.5S"), Ok(Duration::from_millis(500)));
        for bad in ["30s", "", "P1M", "P1Y", "-PT1S", "5 seconds", "PT"] {
            assert!(iso_8601(bad).is_err(), "{bad}");
        }
    }
}
