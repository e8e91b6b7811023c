//! `protocol_messages` of `fuzz_targets::TARGETS`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (fuzz_targets::target("protocol_messages").run)(bytes));
