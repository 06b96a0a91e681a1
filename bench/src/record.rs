//! One measurement as one line of `target/bench/<workload>.jsonl`, with all that a figure needs
//! beside it.

use crate::fault::{During, Fault};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// One system, measured once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record {
    pub workload: String,
    /// Of the workload, where it has several.
    pub variant: String,
    pub system: String,
    /// Rounds of one session alternated: they may be compared.
    pub session: String,
    pub round: usize,
    pub figures: BTreeMap<String, f64>,
    pub settings: BTreeMap<String, String>,
    pub commit: String,
    /// Tracked files differed from the commit.
    pub dirty: bool,
    pub machine: String,
    pub at: String,
}

/// Where records, table and temporary files are: `target/bench`.
pub fn folder() -> PathBuf {
    baton_report::root().join("target/bench")
}

/// Now, as it stands in records.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%FT%TZ").to_string()
}

impl Record {
    pub fn append(&self) -> Result<(), Fault> {
        let folder = folder();
        fs::create_dir_all(&folder).during("target/bench")?;
        let path = folder.join(format!("{}.jsonl", self.workload));
        let mut line = serde_json::to_vec(self).expect("plain data");
        line.push(b'\n');
        let file = OpenOptions::new().create(true).append(true).open(&path);
        file.and_then(|mut file| file.write_all(&line))
            .during(&path.display().to_string())
    }
}

/// Every record of every file in `folder`, in the order they were written.
pub fn all(folder: &Path) -> Result<Vec<Record>, Fault> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .during(&folder.display().to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    paths.sort();
    let mut records = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).during(&path.display().to_string())?;
        for (number, line) in text.lines().enumerate() {
            let place = format!("{}:{}", path.display(), number + 1);
            records.push(serde_json::from_str(line).during(&place)?);
        }
    }
    Ok(records)
}
