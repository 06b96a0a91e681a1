//! What is made of files, made anew while we run: a rotated certificate or token needs no restart.

use std::fmt::{self, Debug, Display};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a reading is believed: the longest a removed token still works.
const BELIEVED: Duration = Duration::from_secs(2);

/// A value that is read again, on demand, when the last reading is old.
pub(crate) struct Fresh<T> {
    read: Box<dyn Fn() -> Result<T, String> + Send + Sync>,
    last: Mutex<(Arc<T>, Instant)>,
}

impl<T> Fresh<T> {
    /// The first reading must succeed.
    pub(crate) fn new<E: Display>(
        read: impl Fn() -> Result<T, E> + Send + Sync + 'static,
    ) -> Result<Self, E> {
        let first = Arc::new(read()?);
        Ok(Self {
            read: Box::new(move || read().map_err(|error| error.to_string())),
            last: Mutex::new((first, Instant::now())),
        })
    }

    /// The newest that could be read: a file that is wrong now changes nothing. Reads small files
    /// where it is called, every [`BELIEVED`] at most.
    pub(crate) fn value(&self) -> Arc<T> {
        let mut last = self.last.lock().expect("no panic while reading");
        if last.1.elapsed() >= BELIEVED {
            last.1 = Instant::now();
            match (self.read)() {
                Ok(value) => last.0 = Arc::new(value),
                Err(error) => tracing::warn!("{error}; what was read before still holds"),
            }
        }
        last.0.clone()
    }
}

impl<T> Debug for Fresh<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fresh")
    }
}
