//! Deployed workflows: their sources in the records, parsed ones in memory.
//!
//! ```text
//!   deploy ─► language::read ─► Records[definition: ns/name@version]     immutable from then on
//!   find   ─► memory ─► Records ─► language::read                        another orchestrator's too
//!   resolve(`name`) ─► index of all names and versions, at most a second old
//! ```

use crate::lru::Lru;
use crate::outside::Ports;
use crate::version;
use baton_engine::language::{self, Diagnostic, Severity};
use baton_engine::workflow::Workflow;
use baton_shared::catalogue::Catalogue;
use baton_shared::port::{Clock, RecordKind, Records, StoreError};
use baton_shared::{ServiceName, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// How old the index may be when a newest version is asked for.
const INDEX_AGE: Duration = Duration::from_secs(1);
/// Parsed workflows kept in memory.
const PARSED: usize = 1024;
/// Records read at once.
const PAGE: usize = 200;

/// A definition as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployed {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    pub source: String,
    pub deployed_at: Timestamp,
}

/// One line of the list of workflows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// `namespace/name`
    pub name: String,
    pub version: String,
    pub title: Option<String>,
    pub deployed_at: Timestamp,
}

/// A text that was deployed, now or before.
#[derive(Debug)]
pub struct Accepted {
    pub workflow: Arc<Workflow>,
    /// False when the very same text was there.
    pub new: bool,
    pub warnings: Vec<Diagnostic>,
}

/// Why a text was not deployed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DeployError {
    #[error("the text is no workflow that can run")]
    Invalid(Vec<Diagnostic>),
    #[error(
        "{name} {version} is deployed with another text, and a deployed version never changes: \
         give this text a new `document.version`"
    )]
    Exists { name: String, version: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why there is no workflow to run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    #[error("no workflow `{0}` is deployed")]
    Unknown(String),
    #[error("several workflows are called `{name}`: say which of {}", candidates.join(", "))]
    Ambiguous {
        name: String,
        candidates: Vec<String>,
    },
    /// It was deployed, and does not fit this build or this catalogue any more.
    #[error("workflow {name} cannot be read any more: {fault}")]
    Unreadable { name: String, fault: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Everything deployed.
#[derive(Debug)]
pub struct Definitions<P> {
    ports: Arc<P>,
    catalogue: Arc<Catalogue>,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    /// By `namespace/name@version`.
    parsed: Lru<String, Arc<Workflow>>,
    index: Arc<Index>,
    /// Counts our own deployments: an index whose reading began before one is not kept.
    deployed: u64,
}

#[derive(Debug, Default)]
struct Index {
    read_at: Option<Timestamp>,
    /// By `namespace/name`, versions newest first.
    names: BTreeMap<String, Vec<Listed>>,
}

impl<P: Ports> Definitions<P> {
    pub fn new(ports: Arc<P>, catalogue: impl Into<Arc<Catalogue>>) -> Self {
        let known = Known {
            parsed: Lru::new(PARSED),
            index: Arc::default(),
            deployed: 0,
        };
        Self {
            ports,
            catalogue: catalogue.into(),
            known: Mutex::new(known),
        }
    }

    /// Reads, checks and keeps a workflow. Dying before the record is written: nothing happened;
    /// after it: the same text again is answered as deployed.
    pub async fn deploy(&self, source: &str) -> Result<Accepted, DeployError> {
        let (workflow, diagnostics) = language::read(source, &self.catalogue);
        let Some(workflow) = workflow else {
            return Err(DeployError::Invalid(diagnostics));
        };
        let (name, version) = (workflow.name.to_string(), workflow.version.clone());
        let deployed = Deployed {
            title: workflow.title.clone(),
            source: source.to_owned(),
            deployed_at: self.ports.clock().now(),
        };
        let value = serde_json::to_vec(&deployed).expect("plain data");
        let key = key(&name, &version);
        let records = self.ports.records();
        let earlier = records.put_new(RecordKind::Definition, &key, value).await?;
        let same = |value: &Vec<u8>| {
            serde_json::from_slice::<Deployed>(value).is_ok_and(|kept| kept.source == source)
        };
        if earlier.as_ref().is_some_and(|value| !same(value)) {
            return Err(DeployError::Exists { name, version });
        }
        let workflow = Arc::new(workflow);
        let mut known = self.known();
        known.parsed.put(key, workflow.clone());
        known.index = Arc::default();
        known.deployed += 1;
        Ok(Accepted {
            workflow,
            new: earlier.is_none(),
            warnings: diagnostics,
        })
    }

    /// Remembers a workflow that was read elsewhere from the very record kept here, so that it is not
    /// read again.
    pub fn know(&self, workflow: Arc<Workflow>) {
        let key = key(&workflow.name.to_string(), &workflow.version);
        self.known().parsed.put(key, workflow);
    }

    /// The workflow of a saga: `name` is `namespace/name`.
    pub async fn find(&self, name: &str, version: &str) -> Result<Arc<Workflow>, Missing> {
        let key = key(name, version);
        if let Some(workflow) = self.recall(&key) {
            return Ok(workflow);
        }
        let records = self.ports.records();
        let Some(value) = records.get(RecordKind::Definition, &key).await? else {
            return Err(Missing::Unknown(key));
        };
        let workflow = Arc::new(self.parse(&key, &value)?);
        self.known().parsed.put(key, workflow.clone());
        Ok(workflow)
    }

    /// The workflow a person means by `name` or `namespace/name`, in that version or the newest.
    pub async fn resolve(
        &self,
        name: &str,
        version: Option<&str>,
    ) -> Result<Arc<Workflow>, Missing> {
        if let (true, Some(version)) = (name.contains('/'), version) {
            return self.find(name, version).await;
        }
        let index = self.index().await?;
        let full = index.full_name(name)?;
        let version = match version {
            Some(version) => version,
            None => index.newest(full),
        };
        self.find(full, version).await
    }

    /// `namespace/name` of what a person calls `name`.
    pub async fn full_name(&self, name: &str) -> Result<String, Missing> {
        let index = self.index().await?;
        index.full_name(name).map(str::to_owned)
    }

    /// Why `name` is no service that a workflow can call; `None` where it is one.
    pub fn no_service(&self, name: &str) -> Option<String> {
        let http = ServiceName::http();
        let known = || self.catalogue.services.keys().chain([&http]);
        if known().any(|known| known.as_str() == name) {
            return None;
        }
        let near = language::nearest(name, known().map(ServiceName::as_str));
        let hint = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        Some(format!(
            "there is no service `{name}` in the service catalogue{hint}"
        ))
    }

    /// Every version of every workflow, by name, the latest version first.
    pub async fn list(&self) -> Result<Vec<Listed>, StoreError> {
        let index = self.index().await?;
        Ok(index.names.values().flatten().cloned().collect())
    }

    fn recall(&self, key: &str) -> Option<Arc<Workflow>> {
        let mut known = self.known();
        let key = key.to_owned();
        let workflow = known.parsed.take(&key)?;
        known.parsed.put(key, workflow.clone());
        Some(workflow)
    }

    fn parse(&self, key: &str, value: &[u8]) -> Result<Workflow, Missing> {
        let unreadable = |fault: String| Missing::Unreadable {
            name: key.to_owned(),
            fault,
        };
        let deployed: Deployed =
            serde_json::from_slice(value).map_err(|error| unreadable(error.to_string()))?;
        let (workflow, diagnostics) = language::read(&deployed.source, &self.catalogue);
        workflow.ok_or_else(|| {
            let first = diagnostics
                .iter()
                .find(|diagnostic| diagnostic.severity == Severity::Error);
            unreadable(first.map_or_else(
                || "it has no tasks".to_owned(),
                |fault| format!("line {}: {}", fault.line, fault.message),
            ))
        })
    }

    async fn index(&self) -> Result<Arc<Index>, StoreError> {
        let now = self.ports.clock().now();
        let (index, deployed) = {
            let known = self.known();
            (known.index.clone(), known.deployed)
        };
        if index.read_at.is_some_and(|at| now.since(at) < INDEX_AGE) {
            return Ok(index);
        }
        let fresh = Arc::new(self.read_index(now).await?);
        let mut known = self.known();
        if known.deployed == deployed {
            known.index = fresh.clone();
        }
        drop(known);
        Ok(fresh)
    }

    async fn read_index(&self, now: Timestamp) -> Result<Index, StoreError> {
        let mut index = Index {
            read_at: Some(now),
            names: BTreeMap::new(),
        };
        let mut after: Option<String> = None;
        loop {
            let records = self.ports.records();
            let page = records
                .scan(RecordKind::Definition, after.as_deref(), PAGE)
                .await?;
            let Some((last, _)) = page.last() else {
                break;
            };
            after = Some(last.clone());
            for (key, value) in page {
                index.insert(&key, &value);
            }
        }
        for versions in index.names.values_mut() {
            versions.sort_by(|a, b| version::compare(&b.version, &a.version));
        }
        Ok(index)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("no panic while looking")
    }
}

impl Index {
    /// A record that cannot be read stops no other; it is reported when its saga is.
    fn insert(&mut self, key: &str, value: &[u8]) {
        let Some((name, version)) = key.rsplit_once('@') else {
            return tracing::error!(key, "a definition has no version in its key");
        };
        match serde_json::from_slice::<Deployed>(value) {
            Ok(deployed) => {
                let listed = Listed {
                    name: name.to_owned(),
                    version: version.to_owned(),
                    title: deployed.title,
                    deployed_at: deployed.deployed_at,
                };
                self.names.entry(name.to_owned()).or_default().push(listed);
            }
            Err(error) => tracing::error!(key, %error, "a definition is not readable"),
        }
    }

    fn full_name(&self, name: &str) -> Result<&str, Missing> {
        let meant: Vec<&String> = self
            .names
            .keys()
            .filter(|full| {
                full.as_str() == name || full.rsplit_once('/').is_some_and(|(_, bare)| bare == name)
            })
            .collect();
        match meant.as_slice() {
            [] => Err(Missing::Unknown(name.to_owned())),
            [one] => Ok(one),
            several => Err(Missing::Ambiguous {
                name: name.to_owned(),
                candidates: several.iter().map(ToString::to_string).collect(),
            }),
        }
    }

    fn newest(&self, full: &str) -> &str {
        let versions = &self.names[full];
        &versions[0].version
    }
}

fn key(name: &str, version: &str) -> String {
    format!("{name}@{version}")
}
