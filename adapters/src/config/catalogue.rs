//! The service catalogue's file.

use super::words;
use baton_engine::schema::Schema;
use baton_shared::catalogue::Catalogue;
use serde::de::DeserializeOwned;
use std::path::Path;

/// What the aliases of one file may repeat, in keys and values.
const REPEATS: usize = 20_000;

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
    let read = yaml(text).map_err(|why| words::placed(text, why));
    let catalogue: Catalogue = read.map_err(faulty)?;
    let mut faults = catalogue.faults();
    faults.extend(no_schemas(&catalogue));
    if faults.is_empty() {
        Ok(catalogue)
    } else {
        Err(faulty(faults.join("; ")))
    }
}

/// Outputs that no worker could compare an answer with. Said wherever a catalogue is read, so that what
/// is checked is what starts; inputs are looked at where a workflow calls the operation.
fn no_schemas(catalogue: &Catalogue) -> Vec<String> {
    let operations = catalogue.services.iter().flat_map(|(name, service)| {
        let operations = service.operations.iter();
        operations.map(move |(operation, described)| (name, operation, described))
    });
    let faults = operations.filter_map(|(name, operation, described)| {
        let why = Schema::fault(described.output.as_ref()?)?;
        Some(format!(
            "operation `{name}.{operation}`: its output is no JSON Schema: {why}; correct it"
        ))
    });
    faults.collect()
}

/// Reads YAML, with far fewer repeats of aliases than would fill a memory; in one line what is wrong.
pub(super) fn yaml<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let limits = serde_saphyr::alias_limits! { max_total_replayed_events: REPEATS };
    let options = serde_saphyr::options! { alias_limits: limits };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| words::spoken(first_line(&error.to_string())))
}

/// A YAML error without the excerpt under it: `line 1 column 16: missing field`.
fn first_line(error: &str) -> &str {
    let line = error.lines().next().unwrap_or_default();
    line.trim_start_matches("error: ")
}
