//! The right word nearest to a wrong one.

/// Bytes that two words share at their beginning when one is a form of the other.
const BEGINNING: usize = 4;

/// The candidate that differs least from `word`, if it differs little: at most a third of its
/// characters, and never more than three; else one with the same beginning.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let mut alike = None;
    let candidates = candidates.into_iter().inspect(|candidate| {
        let same = word
            .bytes()
            .zip(candidate.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        if same >= BEGINNING {
            alike = alike.or(Some(*candidate));
        }
    });
    let most = (word.chars().count() / 3).clamp(1, 3);
    let close = |candidate: &&str| candidate.len().abs_diff(word.len()) <= 4 * most;
    let candidates = candidates.filter(close);
    let measured = candidates.map(|candidate| (distance(word, candidate), candidate));
    let best = measured
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(d, _)| *d);
    best.map(|(_, candidate)| candidate).or(alike)
}

/// "did you mean `x`?", if there is such a word.
pub(super) fn did_you_mean<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<String> {
    nearest(word, candidates).map(|right| format!("did you mean `{right}`?"))
}

/// Insertions, removals, replacements and swaps of neighbours, without regard to case.
fn distance(a: &str, b: &str) -> usize {
    let letters =
        |text: &str| -> Vec<char> { text.chars().take(64).flat_map(char::to_lowercase).collect() };
    let (a, b) = (letters(a), letters(b));
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replace.min(above[j] + 1).min(row[j - 1] + 1);
            let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if swapped {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_a_stranger_does_not() {
        let words = ["compensate", "retry", "call", "set"];
        assert_eq!(nearest("compensat", words), Some("compensate"));
        assert_eq!(nearest("cmopensate", words), Some("compensate"));
        assert_eq!(nearest("Retry", words), Some("retry"));
        assert_eq!(nearest("cal", words), Some("call"));
        assert_eq!(nearest("retries", words), Some("retry"));
        assert_eq!(nearest("banana", words), None);
    }
}
