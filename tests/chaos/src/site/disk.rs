//! What can be done to disks and files.

use super::Site;
use baton_tests::brokers::SmallDisk;
use std::path::PathBuf;

impl Site {
    fn small_disk(&self) -> &SmallDisk {
        let brokers = [
            self.redis.as_ref().and_then(|redis| redis.disk()),
            self.rabbitmq.as_ref().and_then(|rabbitmq| rabbitmq.disk()),
        ];
        let all = brokers.into_iter().flatten().chain(&self.disk);
        all.last().expect("the plan has a small disk")
    }

    /// Not one byte of the plan's small disk is free any more.
    pub fn fill_disk(&mut self) {
        let filled = self.small_disk().fill().expect("it can be filled");
        let kib = filled / 1024;
        self.notes
            .push(format!("the disk was filled with {kib} KiB"));
        self.strike("a disk filled");
    }

    /// There is room again.
    pub fn free_disk(&mut self) {
        self.small_disk().free().expect("it can be freed");
    }

    /// The file that the embedded store writes to.
    pub fn newest_segment(&self) -> PathBuf {
        let files = std::fs::read_dir(self.data_seen()).expect("the store's folder");
        let paths = files.filter_map(|file| Some(file.ok()?.path()));
        let segments = paths.filter(|path| path.extension().is_some_and(|end| end == "log"));
        segments.max().expect("the store has a log")
    }
}
