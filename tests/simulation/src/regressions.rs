//! The seeds of `regressions.txt`, read: which law each once broke, or breaks with a planted bug.

/// One line of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub seed: u64,
    pub law: &'static str,
    /// The planted bug with which it breaks that law.
    pub planted: Option<&'static str>,
}

/// Every line that names a seed.
pub fn all() -> Vec<Line> {
    let lines = include_str!("../regressions.txt").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .map(read)
        .collect()
}

fn read(line: &'static str) -> Line {
    let (told, note) = line.split_once('#').unwrap_or((line, ""));
    let mut words = told.split_whitespace();
    let seed = words.next().and_then(|word| word.parse().ok());
    // A bug is named by one word and nothing else; whatever else is noted is for people.
    let note = note.trim();
    let is_name = note.starts_with(char::is_uppercase) && note.chars().all(char::is_alphanumeric);
    Line {
        seed: seed.expect("a line begins with its seed"),
        law: words.nth(1).expect("and names its law"),
        planted: is_name.then_some(note),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_is_told_from_a_note() {
        let planted = |line| read(line).planted;
        assert_eq!(
            planted("70 3 news_is_used   # SkippedLateIgnored"),
            Some("SkippedLateIgnored")
        );
        assert_eq!(
            planted("405 1 clean_ground  # engine/tests/stories/15b.story"),
            None
        );
        assert_eq!(planted("5 1 undo_apart      # A late success"), None);
        assert_eq!(planted("6 1 undo_apart"), None);
        let line = read("6 1 undo_apart");
        assert_eq!((line.seed, line.law), (6, "undo_apart"));
    }
}
