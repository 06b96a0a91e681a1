//! Sagas that stand still because this orchestrator cannot read their workflow: a service left the
//! catalogue, or a newer build wrote what this one does not know. The doctor tells of them.

use crate::definitions::{Listed, Missing};
use crate::driver::Shared;
use crate::outside::Ports;
use baton_engine::saga::Status;
use baton_engine::store::{Query, Store};
use baton_shared::port::StoreError;
use std::fmt;

/// Sagas that are counted, of one version: more are only said to be more.
const COUNTED: usize = 1000;
/// Rows read at once.
const ROWS: usize = 1000;
/// What an unfinished saga may be.
const OPEN: [Status; 4] = [
    Status::Running,
    Status::Waiting,
    Status::Compensating,
    Status::Suspended,
];

/// The unfinished sagas of one version, and why nothing moves them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stuck {
    listed: Listed,
    sagas: usize,
    why: Missing,
}

/// All there are. Of a version without unfinished sagas nobody has to know.
pub(crate) async fn stuck<P: Ports>(shared: &Shared<P>) -> Result<Vec<Stuck>, StoreError> {
    let mut all = Vec::new();
    for listed in shared.definitions.list().await? {
        let why = match shared.definitions.find(&listed.name, &listed.version).await {
            Ok(_) => continue,
            Err(Missing::Store(error)) => return Err(error),
            Err(why) => why,
        };
        let sagas = unfinished(shared, &listed).await?;
        if sagas > 0 {
            all.push(Stuck { listed, sagas, why });
        }
    }
    Ok(all)
}

/// Those of other versions stand between in the lists, and may be many.
async fn unfinished<P: Ports>(shared: &Shared<P>, listed: &Listed) -> Result<usize, StoreError> {
    let mut sagas = 0;
    for status in OPEN {
        let mut after = None;
        loop {
            let query = Query {
                status: Some(status.word().to_owned()),
                workflow: Some(listed.name.clone()),
                held: false,
                after,
                limit: ROWS,
            };
            let rows = shared.ports.store().list(query).await?;
            let theirs = rows.iter().filter(|(_, row)| row.version == listed.version);
            sagas += theirs.count();
            if rows.len() < ROWS || sagas >= COUNTED {
                break;
            }
            after = rows
                .last()
                .map(|(saga, row)| (row.created_at, saga.clone()));
        }
    }
    Ok(sagas)
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { listed, sagas, why } = self;
        let (number, stand) = match sagas {
            1 => ("1 saga".to_owned(), "stands"),
            COUNTED.. => (format!("{COUNTED} sagas or more"), "stand"),
            sagas => (format!("{sagas} sagas"), "stand"),
        };
        write!(
            f,
            "{number} of {} {} {stand} still: {why}; nothing is lost, and all goes on once it can be read",
            listed.name, listed.version
        )
    }
}
