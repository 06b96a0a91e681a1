//! What either side runs on: a thread for every two cores, by the rule of Baton's programs.
//!
//! Baton's sides are two processes. Here they are one, and each has a runtime of its own: as many
//! threads, and none that wakes the other side's.

use std::thread::available_parallelism;
use tokio::runtime::{Builder, Runtime};

/// tokio's own variable; it wins.
const THREADS: &str = "TOKIO_WORKER_THREADS";

pub(crate) fn start() -> std::io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    if std::env::var_os(THREADS).is_none() {
        let cores = available_parallelism().map_or(1, usize::from);
        builder.worker_threads(cores.div_ceil(2));
    }
    builder.enable_all().build()
}
