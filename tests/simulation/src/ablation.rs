//! A net taken away, and what must come of it: a law that notices, or laws that hold all the same. Either is a claim
//! about the others, and a programme that shows otherwise fails.

use crate::campaign::Tally;
use crate::fault::Net;

/// What its seeds came to, as a sentence; an error where it is not what must come of it.
pub fn judged(net: Net, tally: &Tally) -> Result<String, String> {
    let (name, seeds, noticed_by) = (net.name(), tally.seeds, net.noticed_by());
    match tally.broken.first() {
        None if noticed_by.is_empty() => Ok(format!("without {name}: every law holds")),
        None => Err(format!(
            "without {name}: nobody noticed in {seeds} seeds, and one of {noticed_by:?} must"
        )),
        Some((_, broken)) if noticed_by.contains(&broken.law) => Ok(format!(
            "without {name}: noticed after {seeds} seeds by {}",
            broken.law
        )),
        Some((seed, broken)) => Err(format!(
            "without {name}: seed {seed} breaks {}: {}",
            broken.law, broken.what
        )),
    }
}

/// What to type to see a seed again.
pub fn replay(seed: u64, without: Option<Net>) -> String {
    match without {
        None => format!("BATON_SEED={seed} make sim"),
        Some(net) => format!(
            "BATON_SEED={seed} make sim SIM_ARGS=\"--without {}\"",
            net.name()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::books::Broken;

    fn tally(law: Option<&'static str>) -> Tally {
        let what = String::new();
        Tally {
            seeds: 40,
            broken: law
                .map(|law| (7, Broken { law, what }))
                .into_iter()
                .collect(),
            ..Tally::default()
        }
    }

    #[test]
    fn an_absence_must_be_noticed_where_it_is_said_to_be_and_nowhere_else() {
        judged(Net::Timers, &tally(None)).expect_err("nobody noticed");
        judged(Net::Timers, &tally(Some("net_zero"))).expect_err("that law says nothing of timers");
        let said = judged(Net::Timers, &tally(Some("on_time"))).expect("it is noticed");
        assert_eq!(said, "without timers: noticed after 40 seeds by on_time");
        for net in [Net::Duty, Net::Record, Net::Dedupe] {
            judged(net, &tally(Some("on_time"))).expect_err("every law must hold");
            judged(net, &tally(None)).expect("they do");
        }
    }

    #[test]
    fn a_seed_is_replayed_as_it_was_run() {
        assert_eq!(replay(5, None), "BATON_SEED=5 make sim");
        let without = "BATON_SEED=5 make sim SIM_ARGS=\"--without duty\"";
        assert_eq!(replay(5, Some(Net::Duty)), without);
    }
}
