//! A disk in memory whose power can be cut: for tests and for simulation.
//!
//! Every file remembers what is on the platter and what was only written since. After a cut each
//! 512-byte sector written since may be there or not, by a seed; so may files created or removed
//! since the folder was last synced.

use super::disk::{Disk, DiskFile};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const SECTOR: usize = 512;

/// Clones are the same disk.
#[derive(Clone, Default)]
pub struct RamDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    names: BTreeMap<String, Arc<Mutex<Bytes>>>,
    /// The folder as it was last synced.
    synced: BTreeMap<String, Arc<Mutex<Bytes>>>,
    /// Bytes that may still be written, when there is a limit.
    room: Option<usize>,
    /// Changes that still happen before the power goes.
    changes_left: Option<u64>,
    broken_sync: bool,
    broken_truncate: bool,
}

#[derive(Default)]
struct Bytes {
    now: Vec<u8>,
    synced: Vec<u8>,
    since: Vec<Change>,
}

enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

impl RamDisk {
    /// Leaves room for so many bytes more; `None` for no limit.
    pub fn leave_room(&self, bytes: Option<usize>) {
        lock(&self.state).room = bytes;
    }

    /// From now on every sync fails, or works again.
    pub fn break_sync(&self, broken: bool) {
        lock(&self.state).broken_sync = broken;
    }

    /// From now on no file can be made shorter, or can again.
    pub fn break_truncate(&self, broken: bool) {
        lock(&self.state).broken_truncate = broken;
    }

    /// The power goes after so many more changes; every call fails from then on.
    pub fn cut_after(&self, changes: u64) {
        lock(&self.state).changes_left = Some(changes);
    }

    /// What a machine finds after a power cut now; `seed` decides what survived of what was not
    /// synced.
    #[must_use]
    pub fn after_power_cut(&self, seed: u64) -> Self {
        let mut luck = Luck(seed | 1);
        let state = lock(&self.state);
        let mut names = state.synced.clone();
        for (name, file) in &state.names {
            if !names.contains_key(name) && luck.smiles() {
                names.insert(name.clone(), Arc::clone(file));
            }
        }
        names.retain(|name, _| state.names.contains_key(name) || luck.smiles());
        let survived = names.into_iter().map(|(name, file)| {
            let bytes = lock(&file).survived(&mut luck);
            (name, Arc::new(Mutex::new(bytes)))
        });
        let names: BTreeMap<_, _> = survived.collect();
        let state = State {
            synced: names.clone(),
            names,
            ..State::default()
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Names and lengths of all files.
    pub fn sizes(&self) -> Vec<(String, usize)> {
        let state = lock(&self.state);
        state
            .names
            .iter()
            .map(|(name, file)| (name.clone(), lock(file).now.len()))
            .collect()
    }

    /// Turns over the bits of one byte, as a failing disk does.
    pub fn damage(&self, name: &str, offset: usize) {
        let state = lock(&self.state);
        let mut file = lock(&state.names[name]);
        file.now[offset] ^= 0xff;
        file.synced = file.now.clone();
        file.since.clear();
    }
}

impl State {
    /// Counts a change; an error when the power is gone. The last change before may happen in part.
    fn change(&mut self) -> io::Result<()> {
        match &mut self.changes_left {
            None => Ok(()),
            Some(0) => Err(io::Error::other("the power is gone")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }
}

impl Bytes {
    fn survived(&self, luck: &mut Luck) -> Self {
        let mut kept = self.synced.clone();
        for change in &self.since {
            match change {
                Change::Write(offset, bytes) => {
                    // Sector by sector of the file, as the disk has them.
                    let mut done = 0;
                    while done < bytes.len() {
                        let at = offset + done;
                        let end = bytes.len().min(done + SECTOR - at % SECTOR);
                        if luck.smiles() {
                            write(&mut kept, at, &bytes[done..end]);
                        }
                        done = end;
                    }
                }
                Change::Truncate(size) if luck.smiles() => kept.resize(*size, 0),
                Change::Truncate(_) => {}
            }
        }
        Self {
            now: kept.clone(),
            synced: kept,
            since: Vec::new(),
        }
    }
}

impl Disk for RamDisk {
    fn place(&self) -> String {
        "in memory".into()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(lock(&self.state).names.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        lock(&self.state).change()?;
        let file = Arc::<Mutex<Bytes>>::default();
        lock(&self.state)
            .names
            .insert(name.to_owned(), Arc::clone(&file));
        Ok(Arc::new(RamFile {
            disk: self.clone(),
            file,
        }))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let state = lock(&self.state);
        let file = state.names.get(name).ok_or(ErrorKind::NotFound)?;
        Ok(Arc::new(RamFile {
            disk: self.clone(),
            file: Arc::clone(file),
        }))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = lock(&self.state);
        state.change()?;
        state
            .names
            .remove(name)
            .map(|_| ())
            .ok_or(ErrorKind::NotFound.into())
    }

    fn sync_dir(&self) -> io::Result<()> {
        let mut state = lock(&self.state);
        state.change()?;
        state.synced = state.names.clone();
        Ok(())
    }
}

struct RamFile {
    disk: RamDisk,
    file: Arc<Mutex<Bytes>>,
}

impl DiskFile for RamFile {
    fn size(&self) -> io::Result<u64> {
        Ok(lock(&self.file).now.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let file = lock(&self.file);
        let found = index(offset).checked_add(buffer.len());
        let found = found.and_then(|end| file.now.get(index(offset)..end));
        buffer.copy_from_slice(found.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = lock(&self.disk.state);
        state.change()?;
        let fits = state.room.map_or(bytes.len(), |room| room.min(bytes.len()));
        let mut file = lock(&self.file);
        write(&mut file.now, index(offset), &bytes[..fits]);
        file.since
            .push(Change::Write(index(offset), bytes[..fits].to_vec()));
        state.room = state.room.map(|room| room - fits);
        if fits < bytes.len() {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        let mut state = lock(&self.disk.state);
        state.change()?;
        if state.broken_truncate {
            return Err(io::Error::other("the file cannot be cut"));
        }
        let mut file = lock(&self.file);
        let given_back = file.now.len().saturating_sub(index(size));
        state.room = state.room.map(|room| room + given_back);
        file.now.resize(index(size), 0);
        file.since.push(Change::Truncate(index(size)));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = lock(&self.disk.state);
        state.change()?;
        if state.broken_sync {
            return Err(io::Error::other("the disk failed"));
        }
        let file = &mut *lock(&self.file);
        for change in file.since.drain(..) {
            match change {
                Change::Write(offset, bytes) => write(&mut file.synced, offset, &bytes),
                Change::Truncate(size) => file.synced.resize(size, 0),
            }
        }
        Ok(())
    }
}

/// A small generator of coin tosses (xorshift64).
struct Luck(u64);

impl Luck {
    fn smiles(&mut self) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 32 & 1 == 0
    }
}

fn write(into: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if into.len() < end {
        into.resize(end, 0);
    }
    into[offset..end].copy_from_slice(bytes);
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
