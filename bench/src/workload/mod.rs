//! What is measured. Each workload is a file; all of them alternate systems round by round.

mod ceiling;
mod w1;
mod w3;
mod w4;
mod w5;
mod w6;
mod w7;

use crate::book::Book;
use crate::disk;
use crate::fault::Fault;
use crate::load;
use crate::record::{self, Record};
use crate::service::Service;
use crate::shape::Shape;
use crate::site::{Rig, System};
use crate::vitals::{Part, Vitals};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How much is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    pub rounds: usize,
    /// Of one run at saturation.
    pub time: Duration,
    /// Sagas under way at once, at saturation.
    pub window: usize,
    /// Connections that submit.
    pub clients: usize,
    /// Sagas run one after the other.
    pub alone: usize,
    /// What to measure, where not what the workload measures by itself.
    pub systems: Vec<System>,
    /// Only variants with this in their names.
    pub only: String,
    /// Makes the large counts of W3 and W5 smaller, to try them out.
    pub scale: f64,
}

/// A session: rounds of runs that may be compared with each other.
pub struct Session {
    pub plan: Plan,
    pub service: Service,
    name: String,
    commit: String,
    dirty: bool,
    machine: String,
}

/// Settings that a run at saturation depends on; and one that runs sagas alone, too.
const FULL: [&str; 3] = ["clients", "seconds", "window"];
const BOTH: [&str; 4] = ["alone", "clients", "seconds", "window"];

/// The figures of a run, by name.
pub type Figures = BTreeMap<String, f64>;

/// The workloads by name.
pub const NAMES: [&str; 7] = ["W1", "W2", "W3", "W4", "W5", "W6", "W7"];

impl Session {
    pub async fn begin(plan: Plan) -> Result<Self, Fault> {
        let (commit, dirty) = baton_report::commit().map_err(Fault)?;
        Ok(Self {
            plan,
            service: Service::start().await?,
            name: record::now(),
            commit,
            dirty,
            machine: format!(
                "{}, {}",
                baton_report::machine(),
                disk::under(&record::folder())
            ),
        })
    }

    /// Measures a workload, or says that there is none of this name.
    pub async fn run(&self, workload: &str) -> Result<(), Fault> {
        match workload {
            "W1" | "W2" => w1::run(self, workload).await,
            "W3" => w3::run(self).await,
            "W4" => w4::run(self).await,
            "W5" => w5::run(self).await,
            "W6" => w6::run(self).await,
            "W7" => w7::run(self).await,
            _ => Err(Fault(format!(
                "no workload `{workload}`: there are {}",
                NAMES.join(", ")
            ))),
        }
    }

    /// A book for so many sagas, in which calls are entered from now on.
    pub fn book(&self, run: &str, shape: &Shape, sagas: usize, window: usize) -> Arc<Book> {
        let book = Arc::new(Book::new(run, shape, sagas, window));
        self.service.open(book.clone());
        book
    }

    /// The same with the time of every call, one saga at a time.
    pub fn timed(&self, run: &str, shape: &Shape, sagas: usize) -> Arc<Book> {
        let book = Arc::new(Book::new(run, shape, sagas, 1).timed());
        self.service.open(book.clone());
        book
    }

    /// The systems in the order of this round: each is first in turn.
    pub fn turns(&self, round: usize, own: &[System]) -> Vec<System> {
        let chosen = &self.plan.systems;
        let mut systems = if chosen.is_empty() {
            own.to_vec()
        } else {
            chosen.clone()
        };
        let first = round % systems.len().max(1);
        systems.rotate_left(first);
        systems
    }

    /// Whether this variant is to be measured, and with how many.
    pub fn wants(&self, variant: &str, count: usize) -> Option<usize> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "counts of this size are exact"
        )]
        let scaled = (count as f64 * self.plan.scale).max(1.0) as usize;
        variant.contains(&self.plan.only).then_some(scaled)
    }

    /// What stands beside a figure: on what it ran, and those settings that it depends on.
    pub async fn beside(
        &self,
        rig: &Rig,
        names: &[&str],
    ) -> Result<BTreeMap<String, String>, Fault> {
        let mut settings = self.settings(names);
        settings.insert("on".to_owned(), rig.described().await?);
        Ok(settings)
    }

    /// Settings by their names.
    fn settings(&self, names: &[&str]) -> BTreeMap<String, String> {
        let plan = &self.plan;
        let all = [
            ("alone", plan.alone.to_string()),
            ("clients", plan.clients.to_string()),
            ("seconds", plan.time.as_secs_f64().to_string()),
            ("window", plan.window.to_string()),
        ];
        let wanted = all.into_iter().filter(|(name, _)| names.contains(name));
        wanted
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// Keeps what was measured, and shows it.
    pub fn keep(
        &self,
        [workload, variant, system]: [&str; 3],
        round: usize,
        figures: Figures,
        mut settings: BTreeMap<String, String>,
    ) -> Result<(), Fault> {
        let profile = if cfg!(debug_assertions) {
            "debug"
        } else {
            "release"
        };
        settings.insert("profile".to_owned(), profile.to_owned());
        if (self.plan.scale - 1.0).abs() > f64::EPSILON {
            settings.insert("scale".to_owned(), self.plan.scale.to_string());
        }
        let shown: Vec<String> = figures
            .iter()
            .filter(|(name, _)| !name.contains('.'))
            .map(|(name, value)| format!("{name} {}", crate::report::short(*value)))
            .collect();
        println!(
            "{workload} {variant} round {}, {system}: {}",
            round + 1,
            shown.join(", ")
        );
        let record = Record {
            workload: workload.to_owned(),
            variant: variant.to_owned(),
            system: system.to_owned(),
            session: self.name.clone(),
            round,
            figures,
            settings,
            commit: self.commit.clone(),
            dirty: self.dirty,
            machine: self.machine.clone(),
            at: record::now(),
        };
        record.append()
    }
}

/// What parts used between two moments.
pub struct Meter {
    parts: Vec<(bool, Part, Vitals)>,
}

impl Meter {
    /// Starts to count; `own` is what a system is charged for, the rest is shown beside it.
    pub fn start(own: Vec<Part>, others: Vec<Part>) -> Self {
        let own = own.into_iter().map(|part| (true, part));
        let others = others
            .into_iter()
            .chain([Part::own()])
            .map(|part| (false, part));
        let parts = own.chain(others).map(|(own, part)| {
            let vitals = part.vitals();
            (own, part, vitals)
        });
        Self {
            parts: parts.collect(),
        }
    }

    /// Enters processor seconds per 1,000 steps and peak memory, of each and of all own together; no peak
    /// of what was measured within the benchmark itself.
    pub fn stop(&self, steps: f64, figures: &mut Figures) {
        let (mut cpu, mut peak) = (0.0, None);
        for (own, part, before) in &self.parts {
            let now = part.vitals();
            let spent = (now.cpu - before.cpu) / steps * 1000.0;
            figures.insert(format!("cpu.{}", part.name), spent);
            if *own {
                cpu += spent;
            }
            if part.is_own() {
                continue;
            }
            figures.insert(format!("peak.{}", part.name), now.peak);
            if *own {
                peak = Some(peak.unwrap_or(0.0) + now.peak);
            }
        }
        figures.insert("cpu".to_owned(), cpu);
        figures.extend(peak.map(|peak| ("peak".to_owned(), peak)));
    }
}

/// More sagas than any system here can start in a run.
const MOST: usize = 500_000;

/// Enters how many sagas and steps there were, and how many a second.
fn rates(figures: &mut Figures, sagas: usize, steps: usize, took: f64) {
    #[expect(clippy::cast_precision_loss, reason = "counts of this size are exact")]
    let (sagas, steps) = (sagas as f64, (sagas * steps) as f64);
    for (name, value) in [("sagas", sagas), ("steps", steps)] {
        figures.insert(name.to_owned(), value);
        figures.insert(format!("{name}/s"), value / took);
    }
}

/// Runs sagas one after the other.
async fn alone(
    session: &Session,
    shape: &Shape,
    rig: &Rig,
    sagas: usize,
    figures: &mut Figures,
) -> Result<(), Fault> {
    let book = session.book("alone", shape, sagas, 1);
    let took = load::alone(&rig.entry(), &book).await?;
    figures.insert("p50 ms".to_owned(), quantile(&took, 0.5));
    figures.insert("p99 ms".to_owned(), quantile(&took, 0.99));
    Ok(())
}

/// `1,000,000`
fn thousands(count: usize) -> String {
    baton_report::grouped(count as u64)
}

/// The value at this share of an ordered list.
pub fn quantile(ordered: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list"
    )]
    let at = (ordered.len() as f64 * share) as usize;
    ordered
        .get(at.min(ordered.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_benchmark_itself_has_no_peak() {
        let mut figures = Figures::new();
        let helper = Part::new("helper", std::os::unix::process::parent_id());
        Meter::start(vec![Part::own()], vec![helper]).stop(1.0, &mut figures);
        let names: Vec<_> = figures.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["cpu", "cpu.helper", "cpu.load and service", "peak.helper"]
        );
    }
}
