//! A power cut of a real process: what it had not synced is taken from its folder after it was killed.
//!
//! ```text
//!   process ── write, fsync, unlink ──► recorder.c (LD_PRELOAD) ──► notes        second names of files
//!      └── kill -9                                                    └──► Record ──► what survives ◄─┘
//! ```
//!
//! The model is that of `adapters/src/embedded/ram.rs`, which takes the power from a Baton in memory: of
//! what was written after the last sync of a file began, each 512-byte sector may be there or not; what
//! was created, removed or renamed since the folder was last synced may have happened or not. What a
//! truncation took away does not come back, and bytes written over synced ones stay: the store does
//! neither, and that it did not is counted.

use baton_ledger::chance::Chance;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

const RECORDER: &str = include_str!("recorder.c");
/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
/// What the recorder calls the folder itself.
const FOLDER: &str = ".";

/// Makes the library that notes, in this folder; `cc` is wherever Rust links.
pub fn compile(folder: &Path) -> io::Result<std::path::PathBuf> {
    let (source, library) = (folder.join("recorder.c"), folder.join("recorder.so"));
    fs::write(&source, RECORDER)?;
    let made = Command::new("cc")
        .args(["-shared", "-fPIC", "-O2", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .output()?;
    if made.status.success() {
        return Ok(library);
    }
    let said = String::from_utf8_lossy(&made.stderr).into_owned();
    Err(io::Error::other(format!("cc does not compile: {said}")))
}

/// What became of a folder from the start of a process until the power went.
#[derive(Debug, Default)]
pub struct Record {
    /// The folder as it was last synced: which file each name names.
    synced: BTreeMap<String, usize>,
    /// What was done to it since.
    since: Vec<Change>,
    files: Vec<File>,
    /// Syncs that have begun, by their token.
    begun: BTreeMap<u64, Begun>,
    /// Syncs that succeeded.
    pub syncs: u64,
    /// Writes into what was synced, which this model does not know how to take back.
    pub overwritten: u64,
    /// The disk says that it has synced, and has not.
    lies: bool,
}

#[derive(Debug)]
struct File {
    /// Its name among the second ones; none of one that was made just before the power went.
    kept: Option<String>,
    /// So much of it is on the disk whatever happens.
    durable: u64,
}

#[derive(Clone, Copy, Debug)]
enum Begun {
    File {
        file: usize,
        size: u64,
    },
    /// The folder, when so many changes had been made.
    Folder {
        changes: usize,
    },
}

/// A change of names; `None` is one that failed.
type Change = Option<(u64, Done)>;

#[derive(Clone, Debug)]
enum Done {
    Created(String, usize),
    Removed(String, usize),
    Renamed(String, String, usize),
}

/// What a machine finds when it starts again.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub files: BTreeMap<String, Vec<u8>>,
    pub taken: Taken,
}

/// What a power cut took, or what several did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Bytes that had been written, and are missing or zero.
    pub bytes: u64,
    /// Changes of names that did not happen after all.
    pub names: u64,
}

impl Record {
    /// Of a folder in which these files are on the disk, with so many bytes each; the second name of
    /// each is its own.
    pub fn of(files: &BTreeMap<String, u64>) -> Self {
        let mut record = Self::default();
        for (name, size) in files {
            let file = record.file(Some(name.clone()), *size);
            record.synced.insert(name.clone(), file);
        }
        record
    }

    /// The same on a disk of which no sync counts. It writes in order, so that what it loses is the end
    /// of a file: holes in what was synced the store finds itself.
    #[must_use]
    pub fn on_a_lying_disk(self) -> Self {
        Self { lies: true, ..self }
    }

    /// Reads what the recorder noted.
    pub fn read(&mut self, notes: &str) {
        // A line that was being written when the process was killed has no end, and does not count.
        let whole = notes
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n'));
        for line in whole {
            let words: Vec<&str> = line.split('\t').collect();
            self.line(&words);
        }
    }

    fn line(&mut self, words: &[&str]) {
        match *words {
            ["created", token, name] => {
                let file = self.file(Some(token.to_owned()), 0);
                self.change(token, Done::Created(name.to_owned(), file));
            }
            ["removing", token, name] => {
                if let Some(file) = self.named(name) {
                    self.change(token, Done::Removed(name.to_owned(), file));
                }
            }
            ["renaming", token, from, to] => {
                if let Some(file) = self.named(from) {
                    let done = Done::Renamed(from.to_owned(), to.to_owned(), file);
                    self.change(token, done);
                }
            }
            ["failed", token] => self.failed(number(token)),
            ["wrote", name, offset] => {
                let durable = self.named(name).map_or(0, |file| self.files[file].durable);
                self.overwritten += u64::from(number(offset) < durable);
            }
            ["cut", name, size] => self.cut(name, number(size)),
            ["begin", token, name, size] => self.begin(token, name, number(size)),
            ["synced", token] if !self.lies => self.end(number(token)),
            _ => {}
        }
    }

    fn file(&mut self, kept: Option<String>, durable: u64) -> usize {
        self.files.push(File { kept, durable });
        self.files.len() - 1
    }

    fn change(&mut self, token: &str, done: Done) {
        self.since.push(Some((number(token), done)));
    }

    fn failed(&mut self, token: u64) {
        for change in &mut self.since {
            if change.as_ref().is_some_and(|(of, _)| *of == token) {
                *change = None;
            }
        }
    }

    /// The folder as the process saw it.
    fn names(&self) -> BTreeMap<String, usize> {
        let mut names = self.synced.clone();
        for (_, done) in self.since.iter().flatten() {
            done.to(&mut names);
        }
        names
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.names().get(name).copied()
    }

    fn cut(&mut self, name: &str, to: u64) {
        let Some(cut) = self.named(name) else { return };
        let durable = &mut self.files[cut].durable;
        *durable = to.min(*durable);
        for begun in self.begun.values_mut() {
            if let Begun::File { file, size } = begun
                && *file == cut
            {
                *size = to.min(*size);
            }
        }
    }

    fn begin(&mut self, token: &str, name: &str, size: u64) {
        let begun = if name == FOLDER {
            let changes = self.since.len();
            Some(Begun::Folder { changes })
        } else {
            self.named(name).map(|file| Begun::File { file, size })
        };
        if let Some(begun) = begun {
            self.begun.insert(number(token), begun);
        }
    }

    fn end(&mut self, token: u64) {
        match self.begun.remove(&token) {
            None => return,
            Some(Begun::File { file, size }) => {
                let durable = &mut self.files[file].durable;
                *durable = size.max(*durable);
            }
            Some(Begun::Folder { changes }) => {
                let changes = changes.min(self.since.len());
                for (_, done) in self.since.drain(..changes).flatten() {
                    done.to(&mut self.synced);
                }
                // Those that began later counted what is gone from the list now.
                for begun in self.begun.values_mut() {
                    if let Begun::Folder { changes: other } = begun {
                        *other = other.saturating_sub(changes);
                    }
                }
            }
        }
        self.syncs += 1;
    }

    /// What is found after the power went, when the process was killed in `folder` and the second names
    /// lie in `kept`.
    pub fn found(&mut self, folder: &Path, kept: &Path, chance: &mut Chance) -> io::Result<Found> {
        self.unnoted(folder)?;
        let mut names = self.synced.clone();
        let mut found = Found::default();
        for (_, done) in self.since.iter().flatten() {
            if chance.permille(500) {
                done.to(&mut names);
            } else {
                found.taken.names += 1;
            }
        }
        for (name, file) in names {
            let file = &self.files[file];
            let path = match &file.kept {
                Some(second) => kept.join(second),
                None => folder.join(&name),
            };
            let bytes = fs::read(path)?;
            let (bytes, taken) = survived(bytes, file.durable, !self.lies, chance);
            found.taken.bytes += taken;
            found.files.insert(name, bytes);
        }
        Ok(found)
    }

    /// A file may have been made and the process killed before that was noted.
    fn unnoted(&mut self, folder: &Path) -> io::Result<()> {
        let names = self.names();
        for name in listed(folder)?.into_keys() {
            let gone = |(_, done): &(u64, Done)| match done {
                Done::Removed(of, _) | Done::Renamed(of, ..) => *of == name,
                Done::Created(..) => false,
            };
            // What was being removed or renamed is known, and only still there.
            if !names.contains_key(&name) && !self.since.iter().flatten().any(gone) {
                let file = self.file(None, 0);
                self.change("", Done::Created(name, file));
            }
        }
        Ok(())
    }
}

impl Done {
    fn to(&self, names: &mut BTreeMap<String, usize>) {
        let mut drop = |name: &String, file: &usize| {
            if names.get(name) == Some(file) {
                names.remove(name);
            }
        };
        match self {
            Self::Created(name, file) => {
                names.insert(name.clone(), *file);
            }
            Self::Removed(name, file) => drop(name, file),
            Self::Renamed(from, to, file) => {
                drop(from, file);
                names.insert(to.clone(), *file);
            }
        }
    }
}

/// What there is of a file of which `durable` bytes are on the disk, and how many bytes it lost.
fn survived(mut bytes: Vec<u8>, durable: u64, holes: bool, chance: &mut Chance) -> (Vec<u8>, u64) {
    let all = bytes.len();
    let durable = usize::try_from(durable).unwrap_or(all).min(all);
    if durable == all {
        return (bytes, 0);
    }
    // Mostly cut somewhere; with its whole length, holes are all that tells.
    if !holes || chance.permille(700) {
        let end = chance.between(durable as u64, all as u64);
        bytes.truncate(usize::try_from(end).unwrap_or(durable));
    }
    let mut lost = all - bytes.len();
    let mut at = durable;
    while holes && at < bytes.len() {
        let end = bytes.len().min(at + SECTOR - at % SECTOR);
        if chance.permille(500) {
            bytes[at..end].fill(0);
            lost += end - at;
        }
        at = end;
    }
    (bytes, lost as u64)
}

/// The files of a folder and their lengths; none where there is no folder.
pub fn listed(folder: &Path) -> io::Result<BTreeMap<String, u64>> {
    if !folder.exists() {
        return Ok(BTreeMap::new());
    }
    let files = fs::read_dir(folder)?.map(|entry| {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        Ok((name, entry.metadata()?.len()))
    });
    files.collect()
}

fn number(word: &str) -> u64 {
    word.parse().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
