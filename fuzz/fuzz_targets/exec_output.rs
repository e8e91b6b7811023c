//! `exec_output` of `fuzz_targets::TARGETS`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (fuzz_targets::target("exec_output").run)(bytes));
