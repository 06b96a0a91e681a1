//! The service catalogue's file.

use baton_shared::catalogue::Catalogue;
use std::path::Path;

/// Why a catalogue cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    #[error("the service catalogue `{file}` cannot be read: {reason}")]
    Unreadable { file: String, reason: String },
    /// `why` begins with the place: `line 1 column 16: …`.
    #[error("the service catalogue `{file}` cannot be used: {why}")]
    Faulty { file: String, why: String },
}

/// Reads a service catalogue, and refuses one with faults.
pub fn catalogue(file: &Path) -> Result<Catalogue, CatalogueError> {
    let name = file.display().to_string();
    match std::fs::read_to_string(file) {
        Ok(text) => catalogue_of(&name, &text),
        Err(error) => Err(CatalogueError::Unreadable {
            file: name,
            reason: error.to_string(),
        }),
    }
}

/// The same of a text that was read from `file`.
pub fn catalogue_of(file: &str, text: &str) -> Result<Catalogue, CatalogueError> {
    let faulty = |why: String| CatalogueError::Faulty {
        file: file.to_owned(),
        why,
    };
    let catalogue: Catalogue =
        serde_saphyr::from_str(text).map_err(|error| faulty(first_line(&error.to_string())))?;
    match &catalogue.faults()[..] {
        [] => Ok(catalogue),
        faults => Err(faulty(faults.join("; "))),
    }
}

/// A YAML error without the excerpt under it: `line 1 column 16: missing field`.
fn first_line(error: &str) -> String {
    let line = error.lines().next().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}
