//! How many requests each step of many resources costs, and on how many connections: the counts of `cargo xtask bench`, for fewer
//! resources. What a slow machine repeats is not counted, or allowed for.
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
    support::{Bed, CLUSTER_ID, Host, Run, block_on, repeated_reads},
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

/// Reviews of 40 bindings that are written ten at a time, of which many share one, until they are in force: 8 on an idle machine, 11 on
/// a busy one.
const SHARED_REVIEWS: usize = 20;

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
                    (Verb::Review, SHARED_REVIEWS),
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
        // What is listed is two kinds, or one in each cluster; what is read for many is one role in each.
        let repeats = |verb| matches!(verb, Verb::Get | Verb::List) && at_most(verb) > 0;
        let again = |verb| if repeats(verb) { repeated_reads(took) } else { 0 };
        tally.kubernetes.iter().all(|(verb, count)| *count <= at_most(*verb) + again(*verb))
            && tally.coreweave_requests() <= self.coreweave + repeated_reads(took)
            && tally.connections <= self.connections
    }
}

/// The requests, with one review of those that follow a create in a cluster before the next one: a review of a binding is repeated until
/// the authorizer's watch has brought it, on a slow machine more often.
fn without_repeated_reviews(requests: &[Request]) -> impl Iterator<Item = &Request> {
    let mut reviewed_since_create = HashMap::new();
    requests.iter().filter(move |request| {
        if Verb::of(request) == Verb::Create {
            reviewed_since_create.insert(&request.host, false);
        } else if request.path.ends_with("/subjectaccessreviews")
            && let Some(reviewed) = reviewed_since_create.get_mut(&request.host)
        {
            return !std::mem::replace(reviewed, true);
        }
        true
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
