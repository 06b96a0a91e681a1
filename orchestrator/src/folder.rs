//! The workflows of a folder, deployed at the start.

use crate::definitions::{Definitions, DeployError};
use crate::outside::Ports;
use baton_engine::language::{Severity, render};
use std::io;
use std::path::{Path, PathBuf};

/// Why the workflows of a folder are not deployed.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("cannot read {path}: {error}")]
    Unreadable { path: PathBuf, error: io::Error },
    /// `faults` as the language shows them, a block each.
    #[error("{path} is no workflow that can run\n\n{faults}")]
    Invalid { path: PathBuf, faults: String },
    #[error("{path} cannot be deployed: {error}")]
    Refused { path: PathBuf, error: DeployError },
}

/// Deploys every workflow among the `.yaml` and `.yml` files of the folder, in the order of their names, and returns
/// `namespace/name@version` of each. Ends at the first that cannot be; what was deployed stays.
pub async fn deploy_folder<P: Ports>(
    definitions: &Definitions<P>,
    folder: &Path,
) -> Result<Vec<String>, FolderError> {
    let mut deployed = Vec::new();
    for path in files(folder).map_err(|error| unreadable(folder, error))? {
        let source = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        // A catalogue may lie beside the workflows; a workflow has a `document`.
        if !source.lines().any(|line| line.starts_with("document:")) {
            tracing::info!(file = %path.display(), "no workflow: left out");
            continue;
        }
        let accepted = match definitions.deploy(&source).await {
            Ok(accepted) => accepted,
            Err(DeployError::Invalid(found)) => {
                let mut faults = found;
                faults.retain(|found| found.severity == Severity::Error);
                let faults = render(&faults, &source, &path.display().to_string(), false);
                return Err(FolderError::Invalid { path, faults });
            }
            Err(error) => return Err(FolderError::Refused { path, error }),
        };
        let workflow = &accepted.workflow;
        deployed.push(format!("{}@{}", workflow.name, workflow.version));
    }
    Ok(deployed)
}

fn unreadable(path: &Path, error: io::Error) -> FolderError {
    let path = path.to_owned();
    FolderError::Unreadable { path, error }
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let is_yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        if is_yaml && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
