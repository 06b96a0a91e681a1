//! Retry policies: the language's words to [`RetryPolicy`].

use super::Diagnostic;
use super::reader::{Reader, Scope};
use super::tree::Node;
use crate::workflow::CatchRetry;
use baton_shared::RetryPolicy;
use baton_shared::retry::Backoff;
use std::time::Duration;

const KEYS: [&str; 6] = ["when", "exceptWhen", "delay", "backoff", "limit", "jitter"];

impl Reader<'_> {
    /// `retry` of a task, or of `saga.compensation`: a policy or the name of one.
    pub(super) fn task_retry(&mut self, node: &Node, scope: &Scope) -> Option<RetryPolicy> {
        let retry = self.catch_retry(node, scope)?;
        if retry.when.is_some() || retry.except_when.is_some() {
            let message = "`when` and `exceptWhen` of a policy are for `catch.retry`; a call is retried by its outcome";
            let help =
                "wrap the call in `try` with `catch.retry`, or take a policy without conditions";
            self.refuse(Diagnostic::error(node.at, "retry", message).help(help));
            return None;
        }
        Some(retry.policy)
    }

    /// `catch.retry`: a policy or the name of one.
    pub(super) fn catch_retry(&mut self, node: &Node, scope: &Scope) -> Option<CatchRetry> {
        if let Some(name) = node.text() {
            if let Some(known) = self.uses.retries.get(name) {
                return known.clone();
            }
            self.unknown_use(node, "retry", name);
            return None;
        }
        self.policy(node, scope)
    }

    /// A policy, written out.
    pub(super) fn policy(&mut self, node: &Node, scope: &Scope) -> Option<CatchRetry> {
        let faults = self.diagnostics.len();
        if !self.keys(node, "a retry policy", &KEYS) {
            return None;
        }
        let scope = scope.with("error");
        let when = node.member("when").and_then(|node| self.expr(node, &scope));
        let except_when = node
            .member("exceptWhen")
            .and_then(|node| self.expr(node, &scope));
        let (backoff, max_delay) = self.backoff(node);
        let (count, within) = self.limit(node);
        let delay = node.member("delay").and_then(|node| self.duration(node));
        let usual = RetryPolicy::default();
        let policy = RetryPolicy {
            // A limit of time alone leaves the number open.
            count: count.unwrap_or(if within.is_some() {
                u32::MAX
            } else {
                usual.count
            }),
            delay: delay.unwrap_or(usual.delay),
            backoff,
            max_delay: max_delay
                .unwrap_or(usual.max_delay)
                .max(delay.unwrap_or_default()),
            within,
            jitter: self.jitter(node),
        };
        let sound = self.diagnostics[faults..]
            .iter()
            .all(|d| d.severity != super::Severity::Error);
        sound.then_some(CatchRetry {
            policy,
            when,
            except_when,
        })
    }

    fn backoff(&mut self, policy: &Node) -> (Backoff, Option<Duration>) {
        let Some(node) = policy.member("backoff") else {
            return (Backoff::Constant, None);
        };
        if !self.keys(node, "`backoff`", &["constant", "linear", "exponential"]) {
            return (Backoff::Constant, None);
        }
        let members = node.map().unwrap_or_default();
        let [(key, settings)] = members else {
            let message =
                "`backoff` must be one of `constant: {}`, `linear: {}` and `exponential: {}`";
            self.error(node.at, "wrong-type", message);
            return (Backoff::Constant, None);
        };
        let kind = match key.name.as_str() {
            "linear" => Backoff::Linear,
            "exponential" => Backoff::Exponential,
            _ => Backoff::Constant,
        };
        if settings.what() == "nothing" {
            return (kind, None);
        }
        self.keys(
            settings,
            &format!("`backoff.{}`", key.name),
            &["factor", "maxDelay"],
        );
        if let Some(factor) = settings.member("factor")
            && factor.to_json().as_f64() != Some(2.0)
        {
            let message =
                "a `factor` other than 2 is not built yet; each wait is twice the one before";
            self.error(factor.at, "not-built", message);
        }
        (
            kind,
            settings
                .member("maxDelay")
                .and_then(|node| self.duration(node)),
        )
    }

    fn limit(&mut self, policy: &Node) -> (Option<u32>, Option<Duration>) {
        let Some(node) = policy.member("limit") else {
            return (None, None);
        };
        self.keys(node, "`limit`", &["attempt", "duration"]);
        let within = node.member("duration").and_then(|node| self.duration(node));
        let Some(attempt) = node.member("attempt") else {
            return (None, within);
        };
        self.keys(attempt, "`limit.attempt`", &["count", "duration"]);
        if let Some(duration) = attempt.member("duration") {
            let message = "`limit.attempt.duration` is not built yet";
            let help =
                "an attempt is bounded by the timeout of its operation, in the service catalogue";
            self.refuse(Diagnostic::error(duration.at, "not-built", message).help(help));
        }
        let count = self.count_member(attempt, "count");
        (
            count.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
            within,
        )
    }

    fn jitter(&mut self, policy: &Node) -> Duration {
        let Some(node) = policy.member("jitter") else {
            return Duration::ZERO;
        };
        self.keys(node, "`jitter`", &["from", "to"]);
        let from = node
            .member("from")
            .and_then(|node| self.duration(node))
            .unwrap_or_default();
        let to = node
            .member("to")
            .and_then(|node| self.duration(node))
            .unwrap_or_default();
        if from > to {
            self.error(node.at, "retry", "`jitter.from` is longer than `jitter.to`");
        } else if !from.is_zero() {
            let message = "jitter begins at zero; `from` is read but not kept";
            self.refuse(Diagnostic::warning(node.at, "jitter-from", message));
        }
        to
    }
}
