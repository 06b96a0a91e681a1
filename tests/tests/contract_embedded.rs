//! The embedded adapters keep the laws of their ports.

use baton_adapters::embedded::{Queue, RamDisk, Settings, Store};
use baton_tests::contract;
use std::sync::Arc;
use tempfile::TempDir;

#[tokio::test]
async fn queue() {
    contract::queue::exercise(async || Queue::default()).await;
}

#[tokio::test]
async fn store_in_a_folder() {
    let folders = Folders::new();
    contract::store::exercise(async || folders.store(Settings::default())).await;
}

#[tokio::test]
async fn store_written_by_its_callers() {
    let settings = Settings {
        inline: true,
        ..Settings::default()
    };
    contract::store::exercise(async || in_memory(settings)).await;
}

/// Segments of 2 KiB: every law holds while segments come and go.
#[tokio::test]
async fn store_in_small_segments() {
    let settings = Settings {
        segment_bytes: 2_048,
        ..Settings::default()
    };
    contract::store::exercise(async || in_memory(settings)).await;
}

#[tokio::test]
async fn records_in_a_folder() {
    let folders = Folders::new();
    contract::records::exercise(async || folders.store(Settings::default())).await;
}

#[tokio::test]
async fn records_in_small_segments() {
    let settings = Settings {
        segment_bytes: 2_048,
        ..Settings::default()
    };
    contract::records::exercise(async || in_memory(settings)).await;
}

fn in_memory(settings: Settings) -> Store {
    let disk = Arc::new(RamDisk::default());
    Store::open_on(disk, settings).expect("a new disk can be opened")
}

/// A new folder for each store, all gone at the end.
struct Folders {
    root: TempDir,
    made: std::sync::atomic::AtomicUsize,
}

impl Folders {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder for the test");
        Self {
            root,
            made: 0.into(),
        }
    }

    fn store(&self, settings: Settings) -> Store {
        let nth = self.made.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let folder = self.root.path().join(nth.to_string());
        Store::open(&folder, settings).expect("a new folder can be opened")
    }
}
