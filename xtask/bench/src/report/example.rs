//! A small run with invented figures, for tests of all reports.

use local_cks::{Tally, Verb};

use crate::{
    contender::Contender,
    results::{Results, Run, Starts},
    section::{Section, Step},
    terraform::Cost,
};

/// Duration, its ratio to the floor's, and requests to Kubernetes of a run.
fn run(wall: f64, ratio: f64, peak: f64, kubernetes: &[(Verb, usize)]) -> Run {
    let connections = if kubernetes.is_empty() { 0 } else { 11 };
    let coreweave = if kubernetes.is_empty() { [].into() } else { [(Verb::Get, 1)].into() };
    Run {
        cost: Cost {
            wall,
            terraform: Some(3.19),
            provider: Some(0.42),
            peak: Some(peak).filter(|peak| *peak > 0.0),
        },
        ratio,
        server: Some(wall / 5.0),
        tally: Tally { coreweave, kubernetes: kubernetes.iter().copied().collect(), connections },
        state: Some(10.0 * peak),
    }
}

/// Two rounds of bindings against the peer, one of the distant plan, and starts.
pub(crate) fn results() -> Results {
    let mut results = Results {
        bindings: 1000,
        rounds: 2,
        cores: 2,
        terraform: "1.16.0".to_owned(),
        starts: vec![Starts {
            contender: Contender::Cks,
            handshake: vec![2.4, 2.6, 2.8],
            schema: vec![5.5, 6.1, 6.4],
            processor: vec![4.0, 4.1, 4.4],
            binary: 11.26,
        }],
        ..Results::default()
    };
    let mut add = |section, step, contender, runs: &[Run]| {
        for run in runs {
            results.add(section, step, contender, run.clone());
        }
    };
    let (bindings, distance) = (Section::Bindings, Section::Distance);
    let applied = [(Verb::Create, 1000), (Verb::Review, 500)];
    add(bindings, Step::Apply, Contender::Floor, &[run(3.0, 1.0, 0.0, &[]), run(3.2, 1.0, 0.0, &[])]);
    add(
        bindings,
        Step::Apply,
        Contender::Cks,
        &[run(3.3, 1.1, 15.0, &applied), run(3.8, 1.19, 15.6, &applied)],
    );
    let peers = [(Verb::Get, 2000), (Verb::Create, 1000)];
    add(
        bindings,
        Step::Apply,
        Contender::Kubernetes,
        &[run(4.2, 1.4, 78.0, &peers), run(4.6, 1.44, 80.0, &peers)],
    );
    let planned = [(Verb::Get, 3), (Verb::List, 2)];
    add(bindings, Step::Plan, Contender::Floor, &[run(2.0, 1.0, 0.0, &[]), run(2.0, 1.0, 0.0, &[])]);
    add(
        bindings,
        Step::Plan,
        Contender::Cks,
        &[run(3.2, 1.6, 14.0, &planned), run(3.4, 1.7, 14.2, &planned)],
    );
    add(bindings, Step::TracedPlan, Contender::Floor, &[run(2.2, 1.0, 0.0, &[]), run(2.2, 1.0, 0.0, &[])]);
    add(
        bindings,
        Step::TracedPlan,
        Contender::Cks,
        &[run(3.6, 1.64, 14.0, &planned), run(3.7, 1.68, 14.0, &planned)],
    );
    add(distance, Step::Plan, Contender::Floor, &[run(2.0, 1.0, 0.0, &[])]);
    add(distance, Step::Plan, Contender::Cks, &[run(3.8, 1.9, 14.0, &planned)]);
    results
}
