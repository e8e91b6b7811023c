//! Every fuzz target in every test run: on its seeds, on changed seeds, on noise, and on input that repeats one thing many times.

use std::time::{Duration, Instant};

use fuzz_targets::{TARGETS, Target};
use proptest::{
    prelude::*,
    sample::{Index, Selector},
    test_runner::{Config, TestRunner},
};

/// Cases of each target. More: `PROPTEST_CASES=100000 cargo test -p fuzz-targets --release`.
const CASES: u32 = 512;

/// Cases of long input.
const LONG_CASES: u32 = 24;

/// Length of input that repeats one thing: what is not linear takes far longer than [`LONGEST`].
const LONG: usize = 256 << 10;

/// Time for one long input, on a busy machine without optimisation.
const LONGEST: Duration = Duration::from_secs(20);

fn for_each(check: impl Fn(&Target)) {
    for target in TARGETS {
        eprintln!("{}", target.name);
        check(target);
    }
}

/// An input, shown as Rust writes bytes.
#[derive(Clone)]
struct Input(Vec<u8>);

impl std::fmt::Debug for Input {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "b\"{}\"", self.0.escape_ascii())
    }
}

/// One change of an input.
#[derive(Clone, Debug)]
enum Change {
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    /// A part of it, once more behind itself.
    Double(Index, usize),
    /// A part of another input in the place of a part.
    Splice(Index, Index, usize),
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    let words = prop::sample::select(vec![
        "\0",
        "\n",
        "\r\n",
        "\"",
        "\\",
        "[",
        "]",
        "{",
        "}",
        ":",
        ",",
        "-",
        "null",
        "true",
        "1e999999999",
        "-9223372036854775809",
        "\u{202e}",
        "\u{1b}[2J",
        "{\"\":",
        "[[",
        "&a ",
        "*a",
        "<<: ",
        "!!binary ",
        "| ",
        "\\ud800",
        "-----BEGIN",
        "-----END",
        "eyJ",
        "%00",
    ]);
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (at(), prop::collection::vec(any::<u8>(), 1..6)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (at(), words).prop_map(|(at, word)| Change::Insert(at, word.as_bytes().to_vec())),
        (at(), 1..24_usize).prop_map(|(at, count)| Change::Remove(at, count)),
        (at(), 1..24_usize).prop_map(|(at, count)| Change::Double(at, count)),
        (at(), at(), 1..48_usize).prop_map(|(at, from, count)| Change::Splice(at, from, count)),
        at().prop_map(Change::Cut),
    ]
}

fn changed(mut input: Vec<u8>, other: &[u8], changes: &[Change]) -> Vec<u8> {
    for change in changes {
        let place = |at: &Index| at.index(input.len() + 1);
        match change {
            Change::Set(at, byte) => {
                let at = place(at);
                if let Some(found) = input.get_mut(at) {
                    *found = *byte;
                }
            }
            Change::Insert(at, bytes) => {
                let at = place(at);
                input.splice(at..at, bytes.iter().copied());
            }
            Change::Remove(at, count) => {
                let at = place(at);
                input.drain(at..(at + count).min(input.len()));
            }
            Change::Double(at, count) => {
                let at = place(at);
                let part = input[at..(at + count).min(input.len())].to_vec();
                input.splice(at..at, part);
            }
            Change::Splice(at, from, count) => {
                let (at, from) = (place(at), from.index(other.len() + 1));
                let end = (at + count).min(input.len());
                input.splice(at..end, other[from..(from + count).min(other.len())].iter().copied());
            }
            Change::Cut(at) => {
                let at = place(at);
                input.truncate(at);
            }
        }
    }
    input
}

#[test]
fn seeds_are_parsed() {
    for_each(|target| {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty());
        for seed in seeds {
            (target.run)(&seed);
        }
    });
}

#[test]
fn any_input_is_parsed_or_refused() {
    for_each(|target| {
        let seeds = (target.seeds)();
        let parts = (any::<Selector>(), any::<Selector>(), prop::collection::vec(change(), 0..8));
        let strategy = parts.prop_map(|(one, other, changes)| {
            Input(changed(one.select(&seeds).clone(), other.select(&seeds), &changes))
        });
        let cases =
            std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
        let config = Config { cases, failure_persistence: None, ..Config::default() };
        let outcome = TestRunner::new(config).run(&strategy, |Input(input)| {
            (target.run)(&input);
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{}: {error}", target.name));
    });
}

/// A part of a seed, many times over: nested as deep as it gets, and as long as bodies are.
#[test]
fn long_input_takes_no_longer_than_its_length() {
    for_each(|target| {
        let seeds = (target.seeds)();
        let strategy = (any::<Selector>(), any::<Index>(), 1..12_usize);
        let config =
            Config { cases: LONG_CASES, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
        let outcome = TestRunner::new(config).run(&strategy, |(seed, start, length)| {
            let seed = seed.select(&seeds);
            let (before, part) = seed.split_at(start.index(seed.len() + 1));
            let (part, behind) = part.split_at(length.min(part.len()));
            let input = [before, &part.repeat(LONG / part.len().max(1)), behind].concat();
            let begun = Instant::now();
            (target.run)(&input);
            let lasted = begun.elapsed();
            prop_assert!(lasted < LONGEST, "{lasted:?} for many {:?}", String::from_utf8_lossy(part));
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{}: {error}", target.name));
    });
}

/// `fuzz/` has a binary for each target of the list, and no other.
#[test]
fn every_target_has_a_fuzz_target() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).expect("the folder is there");
    let manifest: toml::Table = manifest.parse().expect("it is TOML");
    let binaries = manifest["bin"].as_array().expect("there are binaries");
    let names: Vec<_> = binaries.iter().map(|binary| binary["name"].as_str().expect("a name")).collect();
    assert_eq!(names, TARGETS.iter().map(|target| target.name).collect::<Vec<_>>());
    for name in names {
        let source = std::fs::read_to_string(folder.join(format!("fuzz_targets/{name}.rs")));
        let source = source.expect("its source is there");
        assert!(source.contains(&format!("target(\"{name}\")")), "{source}");
    }
}
