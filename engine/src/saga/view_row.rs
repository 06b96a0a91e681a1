//! How a row of the view moves on.

use super::event::Failure;
use super::view::{AttemptView, StepStatus, StepView};
use baton_shared::{Problem, Timestamp};

impl StepView {
    pub(super) fn attempt(&mut self, at: Timestamp, number: u32) {
        self.status = StepStatus::Running;
        self.due_at = None;
        self.attempts.push(AttemptView {
            number,
            started_at: at.rfc3339(),
            ended_at: None,
            status: StepStatus::Running,
            http_status: None,
            error: None,
        });
    }

    pub(super) fn attempt_failed(
        &mut self,
        at: Timestamp,
        number: u32,
        verdict: Failure,
        status: Option<u16>,
        problem: &Problem,
    ) {
        self.error = Some(problem.clone());
        let Some(attempt) = self
            .attempts
            .iter_mut()
            .find(|attempt| attempt.number == number)
        else {
            return;
        };
        attempt.ended_at = Some(at.rfc3339());
        attempt.http_status = status;
        attempt.error = Some(problem.clone());
        attempt.status = match verdict {
            Failure::Rejected => StepStatus::Rejected,
            Failure::Unknown => StepStatus::Unknown,
        };
    }

    /// The attempt that is out went well.
    pub(super) fn succeeded(&mut self, at: Timestamp, status: Option<u16>) {
        if let Some(attempt) = self.attempts.last_mut()
            && attempt.status == StepStatus::Running
        {
            attempt.status = StepStatus::Succeeded;
            attempt.http_status = status;
            attempt.ended_at = Some(at.rfc3339());
        }
    }

    pub(super) fn hold(&mut self, at: Timestamp, problem: &Problem, reason: &str) {
        self.status = StepStatus::Held;
        self.held_at = Some(at.rfc3339());
        self.error = Some(problem.clone());
        self.reason = Some(reason.to_owned());
        self.due_at = None;
    }

    /// It was held before it began, and begins.
    pub(super) fn again(&mut self) {
        self.status = StepStatus::Scheduled;
        self.ended_at = None;
        self.error = None;
        self.reason = None;
    }

    pub(super) fn end(&mut self, at: Timestamp) {
        self.ended_at = Some(at.rfc3339());
        self.held_at = None;
        self.due_at = None;
    }

    /// How a step that is over without success is shown: as its last attempt went.
    pub(super) fn last_failure(&self) -> StepStatus {
        match self.attempts.last().map(|attempt| attempt.status) {
            Some(StepStatus::Rejected) => StepStatus::Rejected,
            _ => StepStatus::Unknown,
        }
    }
}
