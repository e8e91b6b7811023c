//! How many requests each step of many resources costs, and on how many connections: the counts of `cargo xtask bench`, which do not
//! depend on the machine, for fewer resources.
//!
//! [`BOUNDS`] has today's counts. A change that needs fewer requests lowers them, in the same commit.

use std::{
    collections::HashMap,
    fmt::Write as _,
    time::{Duration, Instant},
};

use local_cks::{ClusterSpec, Request, Tally, Verb};
use serde_json::json;

use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host, Run, block_on},
};

on_terraform!(each_step_sends_no_more_requests_than_its_bounds);

/// What a step may send at most: requests to Kubernetes by verb (none of any other; see [`without_repeated_reviews`]), requests to
/// CoreWeave, and connections.
#[derive(Debug)]
struct Bound {
    step: &'static str,
    kubernetes: &'static [(Verb, usize)],
    coreweave: usize,
    connections: usize,
}

/// Number of bindings of one cluster.
const BINDINGS: usize = 40;
/// Number of bindings in each of two clusters.
const FEW: usize = 6;
/// Number of tokens, each of a ServiceAccount of its own.
const TOKENS: usize = 10;

const SECOND_CLUSTER: &str = "c0ffee00-93fc-4d39-af10-fe6c2f4b8824";

/// How many bindings, of ten that are written at a time, share a review at least, until they are in force.
const SHARE_A_WAIT: usize = 2;

/// By work, in the order of its steps. Connections: for each process of the provider, one to CoreWeave, and one to each cluster for each of
/// ten operations at a time.
const BOUNDS: [(&str, [Bound; 3]); 3] = [
    (
        "bindings",
        [
            Bound {
                step: "apply",
                kubernetes: &[
                    (Verb::Get, 8),
                    (Verb::List, 1),
                    (Verb::Create, 40),
                    (Verb::DryRun, 1),
                    (Verb::Review, 40 / SHARE_A_WAIT),
                ],
                coreweave: 3,
                connections: 22,
            },
            Bound {
                step: "plan",
                kubernetes: &[(Verb::Get, 3), (Verb::List, 1)],
                coreweave: 1,
                connections: 11,
            },
            Bound {
                step: "destroy",
                kubernetes: &[(Verb::Get, 3), (Verb::List, 1), (Verb::Review, 1), (Verb::Delete, 40)],
                coreweave: 3,
                connections: 33,
            },
        ],
    ),
    (
        "two clusters",
        [
            Bound {
                step: "apply",
                kubernetes: &[
                    (Verb::Get, 14),
                    (Verb::List, 2),
                    (Verb::Create, 12),
                    (Verb::DryRun, 2),
                    (Verb::Review, 12),
                ],
                coreweave: 5,
                connections: 26,
            },
            Bound {
                step: "plan",
                kubernetes: &[(Verb::Get, 6), (Verb::List, 2)],
                coreweave: 2,
                connections: 13,
            },
            Bound {
                step: "destroy",
                kubernetes: &[(Verb::Get, 6), (Verb::List, 2), (Verb::Review, 2), (Verb::Delete, 12)],
                coreweave: 6,
                connections: 39,
            },
        ],
    ),
    (
        "tokens",
        [
            Bound {
                step: "apply",
                kubernetes: &[(Verb::Get, 21), (Verb::List, 10), (Verb::Create, 20), (Verb::Patch, 10)],
                coreweave: 2,
                connections: 12,
            },
            Bound {
                step: "plan",
                kubernetes: &[(Verb::Get, 6), (Verb::List, 2)],
                coreweave: 1,
                connections: 11,
            },
            Bound {
                step: "destroy",
                kubernetes: &[(Verb::Get, 6), (Verb::List, 12), (Verb::Delete, 10)],
                coreweave: 2,
                connections: 23,
            },
        ],
    ),
];

fn each_step_sends_no_more_requests_than_its_bounds(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    let second = ClusterSpec::new("second").with_id(SECOND_CLUSTER).sharing_kubernetes_of(CLUSTER_ID);
    block_on(bed.local.add_cluster(second)).expect("the cluster is created");
    for number in 0..TOKENS {
        let account = json!({ "metadata": { "name": format!("robot-{number}") } });
        let (status, _) = bed.kubernetes("POST", "/api/v1/namespaces/default/serviceaccounts", Some(account));
        assert_eq!(status, 201);
    }

    let configurations = [
        bindings("one", BINDINGS, CLUSTER_ID),
        bindings("one", FEW, CLUSTER_ID) + &bindings("two", FEW, SECOND_CLUSTER),
        tokens(),
    ];
    let mut broken = String::new();
    for ((work, bounds), configuration) in BOUNDS.iter().zip(configurations) {
        bed.clear();
        bed.write("main.tf", &configuration);
        for bound in bounds {
            let run: fn(&Bed) -> Run = match bound.step {
                "apply" => |bed| bed.apply_with(&["-parallelism=10"]).succeeded(),
                "plan" => |bed| bed.plan().expect_empty(),
                _ => |bed| bed.destroy().succeeded(),
            };
            bed.local.clear_requests();
            let begun = Instant::now();
            run(&bed);
            let took = begun.elapsed();
            let requests = bed.local.requests();
            let tally = Tally::of(without_repeated_reviews(&requests));
            eprintln!("{work}, {}: {}", bound.step, shown(&tally));
            if !bound.holds(&tally, took) {
                let _ = writeln!(
                    broken,
                    "{work}, {}, {took:?}: {}; at most {bound:?}",
                    bound.step,
                    shown(&tally)
                );
                // Which of them are too many.
                let reads = requests.iter().filter(|request| Verb::of(request) == Verb::Get);
                for read in reads {
                    let _ = writeln!(broken, "  GET {}", read.path);
                }
            }
        }
    }
    assert!(broken.is_empty(), "more requests than the bounds allow:\n{broken}");
}

impl Bound {
    fn holds(&self, tally: &Tally, took: Duration) -> bool {
        let at_most =
            |verb| self.kubernetes.iter().find(|(bound, _)| *bound == verb).map_or(0, |(_, most)| *most);
        // What is listed is two kinds, or one in each cluster.
        let again = |verb| if verb == Verb::List && at_most(verb) > 0 { repeated_reads(took) } else { 0 };
        tally.kubernetes.iter().all(|(verb, count)| *count <= at_most(*verb) + again(*verb))
            && tally.coreweave_requests() <= self.coreweave + repeated_reads(took)
            && tally.connections <= self.connections
    }
}

/// A read of a cluster serves for five seconds, as does a list, so that a slow machine reads both clusters more than once in one step.
fn repeated_reads(took: Duration) -> usize {
    const CLUSTERS: usize = 2;
    CLUSTERS * usize::try_from(took.as_secs() / 5).unwrap_or(usize::MAX / CLUSTERS)
}

/// The requests, with one review for those that follow each other before the next create in a cluster: a review of a binding is repeated
/// until the authorizer's watch has brought it, on a slow machine more often.
fn without_repeated_reviews(requests: &[Request]) -> impl Iterator<Item = &Request> {
    let mut review_is_last = HashMap::new();
    requests.iter().filter(move |request| {
        let is_review = request.path.ends_with("/subjectaccessreviews");
        if !is_review && Verb::of(request) != Verb::Create {
            return true;
        }
        review_is_last.insert(&request.host, is_review) != Some(true) || !is_review
    })
}

/// In the form of [`BOUNDS`].
fn shown(tally: &Tally) -> String {
    let verbs: Vec<_> =
        tally.kubernetes.iter().map(|(verb, count)| format!("(Verb::{verb:?}, {count})")).collect();
    format!(
        "kubernetes: &[{}], coreweave: {}, connections: {}",
        verbs.join(", "),
        tally.coreweave_requests(),
        tally.connections
    )
}

fn bindings(name: &str, count: usize, cluster_id: &str) -> String {
    format!(
        "resource \"cks_rbac_binding\" {name:?} {{\n  count = {count}\n  cluster_id = {cluster_id:?}\n  name = \"{name}-${{count.index}}\"\n  \
         cluster_role = \"view\"\n  groups = [\"oidc:team-${{count.index}}\"]\n}}\n"
    )
}

fn tokens() -> String {
    format!(
        "resource \"cks_service_account_token\" \"many\" {{\n  count = {TOKENS}\n  cluster_id = {CLUSTER_ID:?}\n  namespace = \"default\"\n  \
         service_account = \"robot-${{count.index}}\"\n}}\n"
    )
}
