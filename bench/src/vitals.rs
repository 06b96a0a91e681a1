//! What processes used, from Linux's `/proc`.

use std::fs;

/// A process of the system under test, and all it started.
#[derive(Clone, Debug)]
pub struct Part {
    pub name: String,
    pub pid: u32,
}

/// What a part used up to some moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Vitals {
    /// Seconds of processor time, user and system.
    pub cpu: f64,
    /// The most memory it ever had resident, in MiB; of a tree, the sum of each one's most.
    pub peak: f64,
    /// Memory resident now, in MiB.
    pub resident: f64,
}

impl Part {
    pub fn new(name: impl Into<String>, pid: u32) -> Self {
        Self {
            name: name.into(),
            pid,
        }
    }

    /// Whether it is the benchmark itself. What it had resident at most is of all that it did before, too,
    /// so it says nothing of one run.
    pub fn is_own(&self) -> bool {
        self.pid == std::process::id()
    }

    /// The benchmark itself: load and service.
    pub fn own() -> Self {
        Self::new("load and service", std::process::id())
    }

    pub fn vitals(&self) -> Vitals {
        let mut sum = Vitals::default();
        let tree = if self.is_own() {
            vec![self.pid]
        } else {
            tree(self.pid)
        };
        for pid in tree {
            sum.cpu += cpu(pid).unwrap_or(0.0);
            let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            sum.peak += mib(&status, "VmHWM:");
            sum.resident += mib(&status, "VmRSS:");
        }
        sum
    }
}

/// `pid` and every process that descends from it.
pub fn tree(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(at) = found.get(next) {
        next += 1;
        for task in fs::read_dir(format!("/proc/{at}/task"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            found.extend(
                children
                    .split_whitespace()
                    .filter_map(|pid| pid.parse::<u32>().ok()),
            );
        }
    }
    found
}

fn cpu(pid: u32) -> Option<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold spaces: fields are counted from its closing bracket. Ticks are 1/100 s.
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

fn mib(status: &str, name: &str) -> f64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_vitals() {
        let mut sum = 0_u64;
        let start = std::time::Instant::now();
        while cpu(std::process::id()).unwrap_or(0.0) < 0.03 && start.elapsed().as_secs() < 20 {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        let vitals = Part::own().vitals();
        assert!(vitals.cpu >= 0.03, "{vitals:?}");
        assert!(
            vitals.peak >= vitals.resident && vitals.resident > 1.0,
            "{vitals:?}"
        );
    }

    #[test]
    fn children_belong_to_it() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .expect("sleep");
        let found = tree(std::process::id());
        child.kill().expect("ours");
        child.wait().expect("killed");
        assert!(found.contains(&child.id()), "{found:?}");
    }
}
