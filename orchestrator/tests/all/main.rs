//! Tests of the orchestrator on ports in memory: its driver dies and goes on, its API answers.

mod api;
mod browser;
mod crash;
mod embedded;
mod errors;
mod fake;
mod faults;
mod letter;
mod serve;
mod settle;
