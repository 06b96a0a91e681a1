//! Stretches of seeds: put together, so that none counts twice, and taken off what is still to be run.

use std::ops::Range;

/// Adds a stretch to some that neither meet nor overlap, the lowest first; what it meets becomes one with it.
pub fn join(into: &mut Vec<Range<u64>>, more: Range<u64>) {
    if more.is_empty() {
        return;
    }
    let meets = |known: &Range<u64>| known.start <= more.end && more.start <= known.end;
    let whole = into.iter().filter(|known| meets(known));
    let whole = whole.fold(more.clone(), |whole, known| {
        whole.start.min(known.start)..whole.end.max(known.end)
    });
    into.retain(|known| !meets(known));
    into.push(whole);
    into.sort_by_key(|known| known.start);
}

/// What of `asked` is in none of these.
pub fn left(asked: &Range<u64>, known: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut left = Vec::new();
    let mut from = asked.start;
    let mut known = known.to_vec();
    known.sort_by_key(|known| known.start);
    for known in known {
        left.push(from..known.start.min(asked.end));
        from = from.max(known.end);
    }
    left.push(from..asked.end);
    left.retain(|stretch| !stretch.is_empty());
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_meets_is_one_and_nothing_is_there_twice() {
        let mut known = Vec::new();
        for more in [20..30, 0..10, 10..12, 40..40, 5..11, 25..50] {
            join(&mut known, more);
        }
        assert_eq!(known, [0..12, 20..50]);
        join(&mut known, 11..21);
        assert_eq!(known, std::slice::from_ref(&(0..50)));
    }

    #[test]
    fn what_is_left_is_what_nobody_ran() {
        let known = [20..30, 0..10];
        assert_eq!(left(&(5..40), &known), [10..20, 30..40]);
        assert_eq!(left(&(2..10), &known), []);
        assert_eq!(left(&(50..60), &known), std::slice::from_ref(&(50..60)));
        assert_eq!(left(&(25..60), &[]), std::slice::from_ref(&(25..60)));
    }
}
