//! The file: lines of many calls are written and synced together, and each call waits for its own.

use crate::record::Line;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc;
use tokio::sync::oneshot;

/// A line and whoever waits until it is kept.
type Owed = (Line, oneshot::Sender<()>);

/// Appends lines; what was awaited survives a power cut.
#[derive(Clone, Debug)]
pub struct Journal(mpsc::Sender<Owed>);

impl Journal {
    pub fn open(file: &Path) -> io::Result<Self> {
        let file = File::options().create(true).append(true).open(file)?;
        let (sender, owed) = mpsc::channel();
        std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || write(file, &owed))?;
        Ok(Self(sender))
    }

    /// Hands a line over: lines are kept in the order of these calls. Resolves when it is kept; an
    /// error means that nothing can be kept any more.
    pub fn append(&self, line: Line) -> oneshot::Receiver<()> {
        let (kept, waits) = oneshot::channel();
        // With the writer gone the sender is dropped here, and the receiver says so.
        drop(self.0.send((line, kept)));
        waits
    }
}

fn write(mut file: File, owed: &mpsc::Receiver<Owed>) {
    while let Ok(first) = owed.recv() {
        let batch: Vec<Owed> = std::iter::once(first).chain(owed.try_iter()).collect();
        let mut text = Vec::new();
        for (line, _) in &batch {
            serde_json::to_writer(&mut text, line).expect("a line is plain data");
            text.push(b'\n');
        }
        let kept = file.write_all(&text).and_then(|()| file.sync_data());
        if let Err(error) = kept {
            eprintln!("the ledger cannot be kept: {error}");
            return;
        }
        for (_, waits) in batch {
            // An error: who waited has gone, and was not answered.
            let _ = waits.send(());
        }
    }
}
