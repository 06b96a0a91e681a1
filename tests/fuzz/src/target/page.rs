//! Tokens of pages: what is read is written the same, and what is made up is refused.

use super::{Target, none, text};
use baton_orchestrator::http::page::{place, token};

pub(super) const TARGET: Target = Target {
    name: "page-token",
    run,
    seeds: none,
    words: &["czo", "bzo", "=", "-", "_", "MTc6YQ"],
};

fn run(bytes: &[u8]) {
    let text = text(bytes);
    match place(&text) {
        Ok(there) => {
            let again = place(&token(&there)).expect("our own token");
            assert_eq!(again, there);
        }
        Err(problem) => {
            assert_eq!(problem.code, "page-token-invalid");
            assert_eq!(problem.status.as_u16(), 400);
        }
    }
}
