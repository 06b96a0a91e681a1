//! Names of keys. Everything that one transition touches has one hash tag, `{pN}`.

use baton_engine::store::Row;
use baton_shared::port::RecordKind;
use baton_shared::{Partition, SagaId, Timestamp};

/// The names under one prefix.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) prefix: String,
    pub(super) partitions: u16,
}

impl Keys {
    pub(super) fn partition(&self, saga: &SagaId) -> Partition {
        Partition::of(saga, self.partitions)
    }

    /// seq, txid and events of a saga.
    pub(super) fn journal(&self, saga: &SagaId) -> String {
        self.of(self.partition(saga), "j:", saga.as_str())
    }

    /// The rows of a partition's sagas.
    pub(super) fn rows(&self, at: Partition) -> String {
        self.of(at, "rows", "")
    }

    /// The order in which a partition's sagas are listed.
    pub(super) fn list(&self, at: Partition) -> String {
        self.of(at, "list", "")
    }

    /// The due times of a partition's sagas.
    pub(super) fn due(&self, at: Partition) -> String {
        self.of(at, "due", "")
    }

    /// The result of an attempt, beside its saga: a job id starts with one.
    pub(super) fn result(&self, job: &str) -> String {
        let saga = job.split('/').next().unwrap_or_default().as_bytes();
        let hash = baton_shared::id::stable_hash(saga) % u64::from(self.partitions.max(1));
        let at = Partition(u16::try_from(hash).unwrap_or(0));
        self.of(at, "r:", job)
    }

    /// Values of a kind of records, and their keys in order.
    pub(super) fn records(&self, kind: RecordKind) -> [String; 2] {
        let Self { prefix, .. } = self;
        let name = kind.name();
        [
            format!("{prefix}:{{{name}}}:values"),
            format!("{prefix}:{{{name}}}:keys"),
        ]
    }

    /// Into how many partitions the sagas were divided at the first start.
    pub(super) fn count(&self) -> String {
        format!("{}:partitions", self.prefix)
    }

    /// Written to learn whether writing works.
    pub(super) fn probe(&self) -> String {
        format!("{}:probe", self.prefix)
    }

    fn of(&self, Partition(at): Partition, kind: &str, name: &str) -> String {
        let at = at.to_string();
        [&self.prefix, ":{p", &at, "}:", kind, name].concat()
    }
}

/// A row as the scripts read it: the first lines are what they index by.
pub(super) fn encode(row: &Row) -> String {
    let held = u8::from(row.held > 0);
    let json = serde_json::to_string(row).expect("rows are plain data");
    format!(
        "{}\n{}\n{held}\n{}\n{json}",
        digits(row.created_at),
        row.status,
        row.workflow
    )
}

/// The row again, unless it is damaged.
pub(super) fn decode(text: &[u8]) -> Option<Row> {
    let json = text.splitn(5, |byte| *byte == b'\n').nth(4)?;
    serde_json::from_slice(json).ok()
}

/// Where to go on in a list after this row.
pub(super) fn cursor((created, saga): &(Timestamp, SagaId)) -> String {
    format!("{}\t{saga}", digits(*created))
}

/// Of equal length, so that text order is time order.
fn digits(at: Timestamp) -> String {
    format!("{:020}", at.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saga_lives_in_one_slot() {
        let keys = Keys {
            prefix: "baton".into(),
            partitions: 16,
        };
        let saga: SagaId = "order-1".parse().expect("id");
        let tag =
            |key: &str| key[key.find('{').expect("tag")..=key.find('}').expect("tag")].to_owned();
        let at = keys.partition(&saga);
        let slot = tag(&keys.journal(&saga));
        for key in [
            keys.rows(at),
            keys.list(at),
            keys.due(at),
            keys.result("order-1/a/t0.0/1"),
        ] {
            assert_eq!(tag(&key), slot, "{key}");
        }
    }

    #[test]
    fn rows_come_back() {
        let row = Row {
            workflow: "shop/order".into(),
            version: "1.0.0".into(),
            status: "running".into(),
            created_at: Timestamp(7),
            updated_at: Timestamp(9),
            held: 2,
        };
        let text = encode(&row);
        assert!(
            text.starts_with("00000000000000000007\nrunning\n1\nshop/order\n"),
            "{text}"
        );
        assert_eq!(decode(text.as_bytes()), Some(row));
        assert_eq!(decode(b"nonsense"), None);
    }
}
