//! What the store needs of a disk: few enough calls that a test can take the power away between any
//! two of them.

use baton_shared::port::StoreError;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder of files. What was written may be lost by a power cut until the file was synced, what was
/// created or removed until [`Disk::sync_dir`].
pub trait Disk: Send + Sync + 'static {
    /// Names the folder in messages.
    fn place(&self) -> String;
    fn list(&self) -> io::Result<Vec<String>>;
    /// An empty file, also where there was one.
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;
    fn remove(&self, name: &str) -> io::Result<()>;
    fn sync_dir(&self) -> io::Result<()>;
}

/// A file; it can be read as long as it is held, also when its name was removed.
pub trait DiskFile: Send + Sync {
    /// Its length in bytes.
    fn size(&self) -> io::Result<u64>;
    /// Fills `buffer`, or fails.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
    /// Writes all of `bytes`; failing, it may have written some of them.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    fn truncate(&self, size: u64) -> io::Result<()>;
    /// Returns when everything written is on the disk.
    fn sync(&self) -> io::Result<()>;
}

/// A folder of the file system, kept from every other process by a lock on its file `lock`.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Held until the folder is dropped; the system drops it with the process.
    _lock: File,
}

impl Folder {
    /// Opens the folder, made if it is not there, and locks it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let place = path.display();
        let unavailable = |error: io::Error| {
            StoreError::Unavailable(format!("cannot open folder {place}: {error}"))
        };
        fs::create_dir_all(path).map_err(unavailable)?;
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            File::open(parent)
                .and_then(|parent| parent.sync_all())
                .map_err(unavailable)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let lock = options.open(path.join("lock")).map_err(unavailable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Unavailable(format!(
                "folder {place} is in use by another process; stop it, or choose another folder"
            ))),
            Err(TryLockError::Error(error)) => Err(unavailable(error)),
        }
    }
}

impl Disk for Folder {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.path)?.map(|entry| {
            let name = entry?.file_name();
            Ok(name.to_string_lossy().into_owned())
        });
        names.collect()
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        Ok(Arc::new(options.open(self.path.join(name))?))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        Ok(Arc::new(options.open(self.path.join(name))?))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync_dir(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

impl DiskFile for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.read_exact_at(buffer, offset)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        self.set_len(size)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()?;
        // A file without a name takes what is written to it into nothing.
        if self.metadata()?.nlink() == 0 {
            let why = "the file was removed while it was in use; restart on a whole folder";
            return Err(io::Error::new(io::ErrorKind::NotFound, why));
        }
        Ok(())
    }
}
