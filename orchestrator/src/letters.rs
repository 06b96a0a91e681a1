//! Dead letters: found through the rows that hold some, then the orphans.

use crate::desk::{Desk, NotShown};
use crate::orphan::Orphan;
use crate::outside::Ports;
use baton_engine::saga::view::DeadLetter;
use baton_engine::store::{Query, Store};
use baton_shared::port::{RecordKind, Records, StoreError};
use baton_shared::{SagaId, Timestamp};

/// Rows read at once.
const ROWS: usize = 100;

/// Which dead letters a list shows. Orphans have neither workflow nor service.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// `namespace/name`
    pub workflow: Option<String>,
    pub service: Option<String>,
    pub saga: Option<SagaId>,
}

/// Where a list goes on: after this saga, or after this orphan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Saga(Timestamp, SagaId),
    Orphan(String),
}

/// Some dead letters, and where to go on if there may be more.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub letters: Vec<DeadLetter>,
    pub next: Option<Place>,
}

impl Filter {
    fn takes(&self, letter: &DeadLetter) -> bool {
        let service = self.service.as_ref();
        service.is_none_or(|service| letter.service.as_ref() == Some(service))
    }
}

impl<P: Ports> Desk<P> {
    /// At least `limit` dead letters, if there are as many: a page ends where a saga does. Those of
    /// the newest saga first, then orphans, the oldest first.
    pub async fn letters(
        &self,
        filter: &Filter,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Page, NotShown> {
        if let Some(saga) = &filter.saga {
            let mut letters = self.view(saga).await?.dead_letters();
            letters.retain(|letter| filter.takes(letter));
            return Ok(Page {
                letters,
                next: None,
            });
        }
        let (mut page, orphans_after) = match after {
            Some(Place::Orphan(key)) => (Page::default(), Some(key)),
            Some(Place::Saga(at, saga)) => {
                (self.held(filter, Some((at, saga)), limit).await?, None)
            }
            None => (self.held(filter, None, limit).await?, None),
        };
        let with_orphans = filter.workflow.is_none() && filter.service.is_none();
        if page.next.is_none() && with_orphans {
            let room = limit.saturating_sub(page.letters.len()).max(1);
            let orphans = self.orphans(orphans_after.as_deref(), room).await?;
            if orphans.len() == room {
                page.next = orphans.last().map(|(key, _)| Place::Orphan(key.clone()));
            }
            let shown = orphans.iter().map(|(key, orphan)| orphan.letter(key));
            page.letters.extend(shown);
        }
        Ok(page)
    }

    async fn held(
        &self,
        filter: &Filter,
        mut after: Option<(Timestamp, SagaId)>,
        limit: usize,
    ) -> Result<Page, NotShown> {
        let mut page = Page::default();
        loop {
            let query = Query {
                status: None,
                workflow: filter.workflow.clone(),
                held: true,
                after: after.clone(),
                limit: ROWS,
            };
            let store = self.shared.ports.store();
            let rows = store.list(query).await?;
            let ids = rows.iter().map(|(saga, _)| saga.clone()).collect();
            let whole = rows.len() < ROWS;
            for ((saga, row), stored) in rows.into_iter().zip(store.load(ids).await) {
                // A saga that is gone or unreadable hides no other.
                if let Some(stored) = stored? {
                    match self.view_of(&saga, &stored) {
                        Ok(view) => {
                            let letters = view.dead_letters().into_iter();
                            page.letters
                                .extend(letters.filter(|letter| filter.takes(letter)));
                        }
                        Err(error) => tracing::error!(%saga, %error, "dead letters not listed"),
                    }
                }
                after = Some((row.created_at, saga));
                if page.letters.len() >= limit {
                    page.next = after.map(|(at, saga)| Place::Saga(at, saga));
                    return Ok(page);
                }
            }
            if whole {
                return Ok(page);
            }
        }
    }

    async fn orphans(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Orphan)>, StoreError> {
        let records = self.shared.ports.records();
        let found = records.scan(RecordKind::Orphan, after, limit).await?;
        Ok(found
            .into_iter()
            .map(|(key, value)| {
                let orphan = Orphan::decode(&value);
                (key, orphan)
            })
            .collect())
    }

    pub async fn orphan(&self, key: &str) -> Result<Option<Orphan>, StoreError> {
        let records = self.shared.ports.records();
        let value = records.get(RecordKind::Orphan, key).await?;
        Ok(value.map(|value| Orphan::decode(&value)))
    }

    /// False when there was none.
    pub async fn drop_orphan(&self, key: &str) -> Result<bool, StoreError> {
        let records = self.shared.ports.records();
        let there = records.get(RecordKind::Orphan, key).await?.is_some();
        records.remove(RecordKind::Orphan, key).await?;
        Ok(there)
    }
}
