//! Medians with their range, and ratios, of what was recorded: a table for people, and JSON.
//!
//! ```text
//!   target/bench/*.jsonl ──► Sheet ──► target/bench/table.md, figures.json
//!                              └─────► docs/performance.json ──► docs/performance.md, with the notes
//!                                       keeps what was not measured again
//! ```

mod budget;
mod columns;
mod ratio;
mod sheet;
mod table;

pub use budget::Budget;
pub use ratio::Ratio;
pub use sheet::{Row, Sheet, Spread};
pub use table::{FIGURES, page, tables};

/// A number with as many digits as it deserves.
pub fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 1_000_000.0 => format!("{:.2}M", value / 1_000_000.0),
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
