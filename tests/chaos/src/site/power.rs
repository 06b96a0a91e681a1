//! The power of the embedded store's process, which can be cut: it is killed, and what it had not synced
//! is taken from its folder.

use super::Site;
use super::fault::Kind;
use crate::power::{self, Record, Taken};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How much longer every sync takes, in microseconds: on a quick disk the power would hardly ever go in
/// the middle of one.
const SLOW: &str = "10000";

/// What is noted of the store's folder, and what was taken from it so far.
pub(super) struct Power {
    library: PathBuf,
    /// Notes and second names of each life.
    folder: PathBuf,
    /// The store's own.
    data: PathBuf,
    life: u32,
    /// What lay there when this life began.
    before: BTreeMap<String, u64>,
    /// The disk says that it has synced, and has not.
    lies: bool,
    cuts: u64,
    /// Cuts that took something.
    felt: u64,
    /// Cuts after which more than one segment lay there.
    segments: u64,
    syncs: u64,
    overwritten: u64,
    taken: Taken,
}

impl Power {
    pub(super) fn library(&self) -> String {
        self.library.display().to_string()
    }

    fn notes(&self) -> PathBuf {
        self.folder.join(format!("{}.notes", self.life))
    }

    /// The second names of this life's files.
    fn kept(&self) -> PathBuf {
        self.folder.join(self.life.to_string())
    }

    /// What lies there now is on the disk, and has a second name.
    fn begin_life(&mut self) -> std::io::Result<()> {
        drop(fs::remove_dir_all(self.kept()));
        self.life += 1;
        fs::create_dir_all(self.kept())?;
        self.before = power::listed(&self.data)?;
        for name in self.before.keys() {
            fs::hard_link(self.data.join(name), self.kept().join(name))?;
        }
        Ok(())
    }
}

impl Site {
    /// From here on the power of the store's process can be cut; before Baton starts.
    pub fn record_syncs(&mut self) {
        let folder = self.folder.join("power");
        fs::create_dir_all(&folder).expect("the folder is writable");
        let library = power::compile(&folder).expect("the recorder is made by cc");
        self.power = Some(Power {
            library,
            folder,
            // Without links, as the recorder needs it: it is beside this very program.
            data: self.data(),
            life: 0,
            before: BTreeMap::new(),
            lies: false,
            cuts: 0,
            felt: 0,
            segments: 0,
            syncs: 0,
            overwritten: 0,
            taken: Taken::default(),
        });
    }

    fn power(&mut self) -> &mut Power {
        self.power.as_mut().expect("syncs are recorded")
    }

    /// From now on the disk says that it has synced when it has not.
    pub fn disk_lies(&mut self) {
        self.power().lies = true;
    }

    pub(super) fn begin_life(&mut self) {
        if let Some(power) = &mut self.power {
            power.begin_life().expect("second names can be given");
        }
    }

    pub(super) fn power_env(&self) -> Vec<(&'static str, String)> {
        let Some(power) = &self.power else {
            return Vec::new();
        };
        let text = |path: &Path| path.display().to_string();
        vec![
            ("BATON_POWER_ROOT", text(&power.data)),
            ("BATON_POWER_RECORD", text(&power.notes())),
            ("BATON_POWER_KEPT", text(&power.kept())),
            ("BATON_POWER_SLOW", SLOW.to_owned()),
        ]
    }

    /// The power goes: nothing is left of what was not synced but what luck keeps.
    pub fn cut_power(&mut self) {
        self.kill(Kind::Orchestrator, 0);
        self.take_unsynced();
    }

    /// The power goes in the first moments of a Baton of which nothing is there yet: only then are files
    /// made whose names are not synced. Before the one that counts is started.
    pub async fn cut_first_start(&mut self) {
        self.begin_life();
        let mut first = self.second_on_the_folder();
        let notes = self.power().notes();
        let begun = || fs::metadata(&notes).is_ok_and(|notes| notes.len() > 0);
        let deadline = Instant::now() + Duration::from_secs(30);
        while !begun() {
            assert!(Instant::now() < deadline, "no store is begun");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // As long as its first syncs take.
        self.pause(0, 40).await;
        first.kill();
        self.strike("kill -9 of baton dev");
        self.take_unsynced();
    }

    fn take_unsynced(&mut self) {
        self.strike("power cut");
        let power = self.power.as_mut().expect("syncs are recorded");
        let mut record = Record::of(&power.before);
        if power.lies {
            record = record.on_a_lying_disk();
        }
        // There are none where it was killed before it did anything.
        let notes = fs::read_to_string(power.notes()).unwrap_or_default();
        record.read(&notes);
        let found = record.found(&power.data, &power.kept(), &mut self.chance);
        let found = found.expect("every file has a second name");
        power.cuts += 1;
        power.syncs += record.syncs;
        power.overwritten += record.overwritten;
        power.felt += u64::from(found.taken != Taken::default());
        let logs = found.files.keys().filter(|name| name.ends_with(".log"));
        power.segments += u64::from(logs.count() > 1);
        power.taken.bytes += found.taken.bytes;
        power.taken.names += found.taken.names;
        for name in power::listed(&power.data).expect("it reads").keys() {
            fs::remove_file(power.data.join(name)).expect("the folder is writable");
        }
        for (name, bytes) in &found.files {
            fs::write(power.data.join(name), bytes).expect("the folder is writable");
        }
    }

    /// Says what was taken, and claims that it was something: else the recorder saw nothing, and nothing
    /// was shown.
    pub fn tell_of_power(&mut self) {
        let Power {
            cuts,
            felt,
            segments,
            syncs,
            overwritten,
            taken,
            ..
        } = *self.power();
        self.notes.push(format!(
            "{felt} of {cuts} power cuts took something: {} bytes and {} changes of names; {syncs} syncs \
             were seen; {segments} cuts fell on more than one segment",
            taken.bytes, taken.names
        ));
        self.claim(felt > 0, "power", "no power cut took anything");
        self.claim(syncs > 0, "power", "no sync was seen");
        let what = "no power cut fell on a store of more than one segment";
        self.claim(segments > 0, "power", what);
        let what =
            format!("{overwritten} writes over what was synced, which no power cut takes back");
        self.claim(overwritten == 0, "power", what);
    }
}
