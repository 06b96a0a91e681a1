//! How many faults a second of one core strikes: by what a run counted of its processor, or by its time on all
//! cores of its machine.

use crate::sums::Sum;
use crate::table::grouped;

/// Of the explorer, which counts processor time, with the simulation's beside it: the two do not do the same
/// for a fault.
pub(crate) fn explored(rows: &[&Sum], simulated: Option<&str>) -> String {
    let count = |name: &str| -> u64 { rows.iter().filter_map(|sum| sum.counts.get(name)).sum() };
    let (faults, ms) = (count("faults"), count("processor ms"));
    if ms == 0 {
        return String::new();
    }
    let own = grouped(faults * 1000 / ms);
    let other = simulated.map_or(String::new(), |rate| {
        format!(" The simulation, which runs all of Baton around it, strikes {rate}.")
    });
    format!(
        "\nA second of one core strikes {own} faults: that is the explorer's, which runs the core alone.{other}\n"
    )
}

/// Of the simulation, which keeps all cores busy; none where its machines had different numbers of them.
pub(crate) fn simulated(rows: &[&Sum]) -> Option<String> {
    let machines = rows.iter().flat_map(|sum| &sum.machines);
    let mut cores = machines.map(|machine| machine.split(' ').next()?.parse::<u64>().ok());
    let first = cores.next()??;
    if first == 0 || cores.any(|other| other != Some(first)) {
        return None;
    }
    let faults: u64 = rows.iter().filter_map(|sum| sum.counts.get("faults")).sum();
    let seconds: f64 = rows.iter().map(|sum| sum.seconds).sum();
    let rate = faults as f64 / seconds / first as f64;
    (faults > 0 && seconds > 0.0).then(|| grouped(rate as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Entry;
    use std::collections::BTreeMap;

    fn sum(machine: &str, seconds: f64, counts: &[(&str, u64)]) -> Sum {
        let counts = counts
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count));
        Sum {
            seconds,
            counts: counts.collect::<BTreeMap<_, _>>(),
            machines: vec![machine.to_owned()],
            ..Entry::default().into()
        }
    }

    #[test]
    fn it_is_of_one_core() {
        let two = sum("2 cores of X", 10.0, &[("faults", 40_000)]);
        assert_eq!(simulated(&[&two]).as_deref(), Some("2,000"));
        let four = sum("4 cores of X", 10.0, &[("faults", 40_000)]);
        assert_eq!(simulated(&[&two, &four]), None);
        assert_eq!(simulated(&[]), None);
    }

    #[test]
    fn it_says_whose_it_is() {
        let explored_rows = sum(
            "2 cores of X",
            1.0,
            &[("faults", 500), ("processor ms", 250)],
        );
        let said = explored(&[&explored_rows], Some("7"));
        assert!(said.contains("strikes 2,000 faults: that is the explorer's"));
        assert!(said.contains("strikes 7."));
        assert_eq!(explored(&[], Some("7")), "");
    }
}
