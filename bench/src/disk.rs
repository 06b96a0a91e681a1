//! On which disk, and in which file system, a folder is.

use std::fs;
use std::path::Path;

/// As it stands beside a figure: `ext4 on /dev/vda`.
pub fn under(folder: &Path) -> String {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    of(&mounts, folder).unwrap_or_else(|| "an unknown file system".to_owned())
}

/// What is mounted nearest above the folder; where two are at one place, the later hides the other.
fn of(mounts: &str, folder: &Path) -> Option<String> {
    let found = mounts.lines().filter_map(|line| {
        // `36 35 98:0 /root /at options - type device options`
        let (before, after) = line.split_once(" - ")?;
        let at = Path::new(before.split_whitespace().nth(4)?);
        let mut words = after.split_whitespace();
        let (kind, device) = (words.next()?, words.next()?);
        let depth = at.components().count();
        folder
            .starts_with(at)
            .then(|| (depth, format!("{kind} on {device}")))
    });
    found.max_by_key(|(depth, _)| *depth).map(|(_, told)| told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_counts() {
        let mounts = "1 0 8:1 / / rw - ext4 /dev/vda rw\n\
                      2 1 0:5 / /srv/memory rw shared:1 - tmpfs tmpfs rw\n";
        let of = |path: &str| of(mounts, Path::new(path));
        assert_eq!(of("/srv/target").as_deref(), Some("ext4 on /dev/vda"));
        assert_eq!(of("/srv/memory/a").as_deref(), Some("tmpfs on tmpfs"));
        assert_eq!(of("nowhere"), None);
    }
}
