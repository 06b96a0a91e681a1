//! What fills the embedded store's first segment before Baton starts, so that Baton begins the second one in
//! the midst of a scenario and not after hours of work.
//!
//! It is messages that belong to no saga: nobody waits for them, and the judge looks for each in the end.

use super::Site;
use crate::orphan::Orphan;
use baton_adapters::embedded::{Settings, Store};
use baton_shared::port::{RecordKind, Records};
use serde_json::json;

/// What is left of the segment for Baton: less than it writes in a scenario.
const LEFT: u64 = 150 << 10;
const PIECE: u64 = 8 << 20;

impl Site {
    /// Writes until little is left of the segment that is written to.
    pub async fn fill_segment(&mut self) {
        let settings = Settings::default();
        let store = Store::open(&self.data(), settings).expect("nobody else has the folder");
        for nth in 0_u64.. {
            let written = self.newest_segment().metadata();
            let written = written.expect("the store has a log").len();
            let room = u64::from(settings.segment_bytes).saturating_sub(written + LEFT);
            // A record is a little longer than its message.
            if room < 1_000 {
                break;
            }
            let body = "b".repeat(usize::try_from(room.min(PIECE) - 500).unwrap_or(0));
            let orphan = json!({ "reason": "ballast", "lane": "dead", "body": body, "at": nth });
            let key = format!("{nth:013x}-{nth:016x}");
            let value = orphan.to_string().into_bytes();
            let kept = store.put_new(RecordKind::Orphan, &key, value).await;
            kept.expect("there is room on the disk");
            self.plan.orphans.push(Orphan::Bytes(body.into_bytes()));
        }
    }
}
