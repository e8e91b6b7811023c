//! Many generated histories. Each is run without a fault, then with a few pairs of a request and a fault, chosen so that every fault meets
//! every kind of request equally often; pairs that no history had room for are made up for at the end. The same numbers of histories give
//! the same runs, however many threads there are.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use proptest::{
    strategy::{Strategy as _, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::{
    bench::Bench,
    fault::Fault,
    generate,
    history::{History, Part, Pinned},
    sweep::{Broken, all_faults, finish, prefix},
    terraform::locked,
};

/// How many smaller histories are tried for one finding.
const SHRINKS: usize = 40;

/// How many histories are prepared before their faults are chosen.
const ROUND: usize = 48;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Number of histories that are generated.
    pub histories: u64,
    /// Number of the first one: each number has its own history.
    pub first: u64,
    /// Pairs of a request and a fault that are tried with each; without a limit: each fault at each request.
    pub pairs: Option<usize>,
}

/// What a sweep found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Histories that were run, with their faults.
    pub runs: usize,
    /// How often each fault met each kind of request.
    pub met: BTreeMap<(String, Fault), usize>,
    /// The smallest history for each kind of finding.
    pub broken: Vec<Broken>,
}

/// What distinguishes findings: the promise, and the fault that breaks it.
type Finding = (&'static str, Option<Fault>);

/// A history that was run without a fault.
struct Prepared {
    number: u64,
    history: History,
    /// Before its last step.
    start: Bench,
    /// The requests of its last step.
    requests: Vec<Request>,
    broken: Option<Broken>,
}

/// A request of the last step.
#[derive(Clone)]
struct Request {
    part: Part,
    number: usize,
    kind: String,
}

/// Sweeps generated histories with as many threads as there are processors. What breaks a promise is shrunk; each promise and fault is
/// reported once.
pub fn sweep(effort: Effort) -> Findings {
    let mut findings = Findings::default();
    let seen = Mutex::new(BTreeSet::new());
    // A history for each kind of request.
    let mut examples: BTreeMap<String, u64> = BTreeMap::new();
    let add = |findings: &mut Findings, results: Vec<(usize, Vec<Broken>)>| {
        for (runs, broken) in results {
            findings.runs += runs;
            findings.broken.extend(broken);
        }
    };
    let numbers: Vec<u64> = (effort.first..effort.first + effort.histories).collect();
    for round in numbers.chunks(ROUND) {
        let prepared = in_parallel(round.to_vec(), prepare);
        let mut work = Vec::new();
        for one in prepared.into_iter().flatten() {
            for request in &one.requests {
                examples.entry(request.kind.clone()).or_insert(one.number);
            }
            let chosen = chosen(&one, effort.pairs, &mut findings.met);
            work.push((one, chosen));
        }
        add(&mut findings, in_parallel(work, |(one, chosen)| tried(&one, &chosen, &seen)));
    }
    let mut missing: BTreeMap<u64, Vec<Pinned>> = BTreeMap::new();
    for (kind, number) in &examples {
        let unmet =
            Fault::ALL.into_iter().filter(|fault| !findings.met.contains_key(&(kind.clone(), *fault)));
        let unmet: Vec<Fault> = unmet.collect();
        let Some(example) = prepare(*number).filter(|_| !unmet.is_empty()) else { continue };
        let Some(request) = example.requests.iter().find(|request| request.kind == *kind) else { continue };
        for fault in unmet {
            findings.met.insert((kind.clone(), fault), 1);
            let pinned = Pinned { part: request.part, request: request.number, fault };
            missing.entry(*number).or_default().push(pinned);
        }
    }
    let made_up = in_parallel(missing.into_iter().collect(), |(number, pairs)| {
        prepare(number).map_or((0, Vec::new()), |one| tried(&one, &pairs, &seen))
    });
    add(&mut findings, made_up);
    findings
}

/// The results of some work on each of these, in their order.
fn in_parallel<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let items = Mutex::new(items.into_iter().enumerate());
    let results = Mutex::new(BTreeMap::new());
    let next = || locked(&items).next();
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((index, item)) = next() {
                    let result = work(item);
                    locked(&results).insert(index, result);
                }
            });
        }
    });
    results.into_inner().unwrap_or_default().into_values().collect()
}

/// The history of a number, as a tree of smaller ones.
fn tree(number: u64) -> Option<impl ValueTree<Value = History>> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    generate::history().new_tree(&mut runner).ok()
}

fn prepare(number: u64) -> Option<Prepared> {
    let history = tree(number)?.current();
    let (start, last) = prefix(&history);
    let mut plain = start.clone();
    let went = finish(&mut plain, last?, None, &history.steps);
    let broken = (!plain.violations.is_empty())
        .then(|| Broken { history: history.clone(), violations: plain.violations.clone() });
    let of = |part: Part, kinds: Vec<String>| {
        kinds.into_iter().enumerate().map(move |(number, kind)| Request {
            part,
            number,
            kind: format!("{part:?} {kind}"),
        })
    };
    let mut requests: Vec<_> =
        of(Part::Plan, went.plan_requests).chain(of(Part::Apply, went.apply_requests)).collect();
    if broken.is_some() {
        requests.clear();
    }
    Some(Prepared { number, history, start, requests, broken })
}

/// The pairs for a history: those that were tried least so far, by chance among equals.
fn chosen(one: &Prepared, most: Option<usize>, met: &mut BTreeMap<(String, Fault), usize>) -> Vec<Pinned> {
    let pair = |request: &Request, fault| Pinned { part: request.part, request: request.number, fault };
    let mut draw = fastrand::Rng::with_seed(one.number);
    let mut pairs: Vec<(usize, u64, &Request, Fault)> = Vec::new();
    for request in &one.requests {
        for fault in Fault::ALL {
            let so_far = met.get(&(request.kind.clone(), fault)).copied().unwrap_or_default();
            pairs.push((so_far, draw.u64(..), request, fault));
        }
    }
    pairs.sort_by_key(|(so_far, drawn, ..)| (*so_far, *drawn));
    let mut taken = BTreeSet::new();
    let mut found = Vec::new();
    for (_, _, request, fault) in pairs {
        let fits = most.is_none_or(|most| found.len() < most && taken.insert((&request.kind, fault)));
        if fits {
            *met.entry((request.kind.clone(), fault)).or_default() += 1;
            found.push(pair(request, fault));
        }
    }
    found
}

/// Runs a history with each of these faults.
fn tried(one: &Prepared, pairs: &[Pinned], seen: &Mutex<BTreeSet<Finding>>) -> (usize, Vec<Broken>) {
    let mut found: Vec<Broken> = one.broken.iter().cloned().collect();
    for pinned in pairs {
        let Some(last) = one.history.steps.last() else { continue };
        let mut bench = one.start.clone();
        finish(&mut bench, last, Some(*pinned), &one.history.steps);
        if !bench.violations.is_empty() {
            let history = History { fault: Some(*pinned), ..one.history.clone() };
            found.push(Broken { history, violations: bench.violations.clone() });
        }
    }
    let mut broken = Vec::new();
    for first in found {
        // What follows from the first may be its consequence.
        let Some(promise) = first.violations.first().map(|violation| violation.promise) else { continue };
        let finding = (promise, first.history.fault.map(|pinned| pinned.fault));
        if locked(seen).insert(finding) {
            let smallest = match tree(one.number) {
                Some(mut tree) => shrunk(&mut tree, first, finding),
                None => first,
            };
            eprintln!("{}", smallest.report());
            broken.push(smallest);
        }
    }
    (pairs.len() + 1, broken)
}

/// The same finding in the smallest history that proptest reaches.
fn shrunk(tree: &mut impl ValueTree<Value = History>, first: Broken, (promise, fault): Finding) -> Broken {
    let faults: Vec<Fault> = fault.into_iter().collect();
    let mut best = first;
    let mut more = tree.simplify();
    let mut steps = 0;
    while more && steps < SHRINKS {
        steps += 1;
        let (_, found) = all_faults(&tree.current(), &faults);
        let same = found.into_iter().find(|broken| {
            let of_promise = broken.violations.iter().any(|violation| violation.promise == promise);
            of_promise && broken.history.fault.map(|pinned| pinned.fault) == fault
        });
        more = match same {
            Some(smaller) => {
                best = smaller;
                tree.simplify()
            }
            None => tree.complicate(),
        };
    }
    best
}
