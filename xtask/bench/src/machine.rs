//! Whether the machine was quiet enough for verdicts about time: whether other programs worked at the same time, and how much the
//! floor, which does the same work each time, differed from round to round.

use std::{process, thread, time::Instant};

use crate::{
    proc,
    statistics::{Spread, number},
};

/// Share of the machine that other programs may use.
const OTHERS_AT_MOST: f64 = 0.1;

/// Largest duration of the floor divided by its smallest.
const FLOOR_DIFFERS_AT_MOST: f64 = 1.25;

/// Shorter work differs by chance.
const LONG_ENOUGH: f64 = 1.0;

/// Watches what other programs use of the machine.
#[derive(Debug)]
pub(crate) struct Watch {
    begun: Instant,
    used: Option<Used>,
}

/// Processor time in seconds.
#[derive(Clone, Copy, Debug)]
struct Used {
    machine: f64,
    own: f64,
}

impl Used {
    fn so_far() -> Option<Self> {
        Some(Self { machine: proc::cpu_of_machine()?, own: proc::cpu_of_tree(process::id())? })
    }
}

impl Watch {
    pub(crate) fn start() -> Self {
        Self { begun: Instant::now(), used: Used::so_far() }
    }

    /// Share of the machine (0 to 1) that other programs used since the start; `None` where that is unknown.
    pub(crate) fn others(&self) -> Option<f64> {
        let (before, now) = (self.used?, Used::so_far()?);
        let others = (now.machine - before.machine) - (now.own - before.own);
        let whole = self.begun.elapsed().as_secs_f64() * f64::from(cores());
        Some((others / whole).clamp(0.0, 1.0))
    }
}

/// Number of cores.
pub(crate) fn cores() -> u32 {
    thread::available_parallelism().map_or(1, |cores| cores.get().try_into().unwrap_or(u32::MAX))
}

/// Why there can be no verdict about time; none if the machine was quiet.
pub(crate) fn disturbances<'a>(
    others: Option<f64>,
    floors: impl IntoIterator<Item = (&'a str, Spread)>,
) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(share) = others.filter(|share| *share > OTHERS_AT_MOST) {
        let (share, most) = (number(share * 100.0, 0), number(OTHERS_AT_MOST * 100.0, 0));
        found.push(format!("other programs used {share} % of the machine (at most {most} % for verdicts)"));
    }
    let widest = floors
        .into_iter()
        .filter(|(_, spread)| spread.median >= LONG_ENOUGH && spread.width() > FLOOR_DIFFERS_AT_MOST)
        .max_by(|(_, one), (_, other)| one.width().total_cmp(&other.width()));
    if let Some((work, spread)) = widest {
        found.push(format!(
            "Terraform alone took {} to {} s for the same work ({work}; at most {FLOOR_DIFFERS_AT_MOST} times as long for verdicts)",
            number(spread.min, 1),
            number(spread.max, 1),
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(others: Option<f64>, floors: &[(&str, [f64; 2])], expected: &[&str]) {
        let floors = floors.iter().map(|(work, times)| (*work, Spread::of(*times).unwrap()));
        assert_eq!(disturbances(others, floors), expected);
    }

    #[test]
    fn a_quiet_machine_has_verdicts() {
        check(Some(0.1), &[("plan", [4.0, 4.9]), ("destroy of few", [0.1, 0.4])], &[]);
        check(None, &[], &[]);
    }

    #[test]
    fn other_programs_and_a_floor_that_differs_are_reasons_for_none() {
        check(Some(0.42), &[], &["other programs used 42 % of the machine (at most 10 % for verdicts)"]);
        check(
            Some(0.0),
            &[("plan", [4.0, 5.1]), ("apply", [4.0, 8.0])],
            &[
                "Terraform alone took 4.0 to 8.0 s for the same work (apply; at most 1.25 times as long for verdicts)",
            ],
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_watch_does_not_count_its_own_work() {
        let watch = Watch::start();
        assert!(watch.others().is_some_and(|share| (0.0..=1.0).contains(&share)));
    }
}
