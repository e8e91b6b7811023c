//! What bounds the time of a step: who used the processors while it ran.

use crate::{
    contender::Contender,
    results::{Measured, Results},
    section::{Section, Step},
    statistics::as_float,
};

/// Shares of one step's processor time, which is its duration times the number of cores.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shares {
    pub(crate) work: String,
    /// In percent: Terraform as for the floor, Terraform beyond that, the provider, the API server, and the rest: etcd, the simulation of
    /// CoreWeave, and waiting.
    pub(crate) parts: [f64; 5],
}

/// Those of each step of the provider, from the medians.
pub(crate) fn shares(results: &Results) -> Vec<Shares> {
    let mut ours: Vec<_> =
        results.measured.iter().filter(|measured| measured.contender == Contender::Cks).collect();
    ours.sort_by_key(|measured| (measured.section, measured.step));
    ours.into_iter().filter_map(|measured| of(results, measured)).collect()
}

/// Bytes of the state for each resource, by section: of the provider, its peer, and the floor.
pub(crate) fn states(results: &Results) -> Vec<(String, [Option<f64>; 3])> {
    let of = |section: Section| {
        [Contender::Cks, Contender::Kubernetes, Contender::Floor].map(|contender| {
            let applied = results.find(section, Step::Apply, contender)?;
            Some(applied.spread(|run| run.state)?.median)
        })
    };
    let all = Section::ALL.into_iter().map(|section| (section.title(results.bindings), of(section)));
    all.filter(|(_, states)| states.iter().any(Option::is_some)).collect()
}

fn of(results: &Results, ours: &Measured) -> Option<Shares> {
    let terraform = |measured: &Measured| Some(measured.spread(|run| run.cost.terraform)?.median);
    let floor = results.find(ours.section, ours.step, Contender::Floor)?;
    let whole = ours.wall()?.median * as_float(usize::try_from(results.cores).ok()?);
    let provider = ours.spread(|run| run.cost.provider)?.median;
    let server = ours.spread(|run| run.server)?.median;
    // A quick step of the floor takes no time that the system counts.
    let as_floor = terraform(floor)?.min(terraform(ours)?);
    let beyond = terraform(ours)? - as_floor;
    let rest = (whole - as_floor - beyond - provider - server).max(0.0);
    let work = format!("{}: {}", ours.section.title(results.bindings), ours.step.title());
    Some(Shares { work, parts: [as_floor, beyond, provider, server, rest].map(|part| 100.0 * part / whole) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn the_shares_of_a_step_are_all_of_the_processors_time() {
        let all = shares(&example::results());
        assert_eq!(all.len(), 4);
        for shares in all {
            assert!((shares.parts.iter().sum::<f64>() - 100.0).abs() < 1e-9, "{shares:?}");
        }
    }
}
