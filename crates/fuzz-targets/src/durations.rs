//! Durations as Go writes them.

use tfplugin::duration;

pub(crate) fn duration(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match duration::parse(text) {
        Ok(parsed) => {
            assert!(duration::same(text, text), "{text:?} equals itself");
            let written = format!("{}ns", parsed.as_nanos());
            assert_eq!(duration::parse(&written), Ok(parsed), "{text:?} is {written}");
        }
        Err(problem) => {
            assert!(!problem.is_empty() && !duration::same(text, text), "{text:?}");
        }
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    [
        "0",
        "90m",
        "1h30m",
        "1.5h",
        ".5s",
        "300ms",
        "+7us",
        "1µs",
        "30d",
        "2w",
        "-1h",
        "1.2.3s",
        "18446744073709551615ns",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
