//! On what a run ran, as far as figures depend on it.

use std::fs;

/// Processor, cores and memory in one line.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let memory = field("/proc/meminfo", "MemTotal").and_then(|text| {
        let kib: u64 = text.split_whitespace().next()?.parse().ok()?;
        Some(kib.div_ceil(1024 * 1024))
    });
    let memory = memory.map_or(String::new(), |gib| format!(", {gib} GiB"));
    format!("{cores} cores of {processor}{memory}")
}

/// The first `name : value` of such a file.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}
