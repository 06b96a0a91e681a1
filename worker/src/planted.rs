//! Planted bugs that wait for something; see `baton_shared::planted`. No build that is given to people
//! has this file.

use crate::attempt::Recorded;
use crate::run::Worker;
use baton_shared::planted::{self, Bug};
use baton_shared::port::{Caller, Clock, Queue, RecordKind, Records};

impl<Q: Queue, R: Records, C: Caller, K: Clock> Worker<Q, R, C, K> {
    /// Acknowledges jobs whose outcomes are not published yet.
    pub(crate) async fn ack_early(&self, batch: &[Recorded]) {
        if planted::is(Bug::JobAckedBeforeOutcome) {
            let receipts = batch.iter().flat_map(|recorded| recorded.receipts.clone());
            let _early = self.queue.ack(receipts.collect()).await;
        }
    }

    /// Writes the record of an outcome that is published already.
    pub(crate) async fn record_late(&self, recorded: &Recorded) {
        if planted::is(Bug::RecordAfterOutcome) {
            let bytes = recorded.outcome.get().as_bytes().to_vec();
            let keep = self
                .records
                .put_new(RecordKind::Result, &recorded.key, bytes);
            let _late = keep.await;
        }
    }
}
