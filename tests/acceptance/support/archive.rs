//! The files in a ZIP archive, such as a saved plan: compressed text cannot be searched.

use std::io::Read as _;

use flate2::read::DeflateDecoder;

/// Name and content of each file in an archive; none if it is no archive.
pub(super) fn files(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    const END: &[u8] = b"PK\x05\x06";
    let Some(end) = archive.windows(END.len()).rposition(|bytes| bytes == END) else { return Vec::new() };
    let mut entry = number(archive, end + 16, 4);
    let count = number(archive, end + 10, 2);
    let mut found = Vec::new();
    for _ in 0..count {
        let (method, size) = (number(archive, entry + 10, 2), number(archive, entry + 20, 4));
        let lengths = [28, 30, 32].map(|at| number(archive, entry + at, 2));
        let name = String::from_utf8_lossy(&archive[entry + 46..entry + 46 + lengths[0]]).into_owned();
        let local = number(archive, entry + 42, 4);
        let begin = local + 30 + number(archive, local + 26, 2) + number(archive, local + 28, 2);
        let stored = &archive[begin..begin + size];
        let mut content = stored.to_vec();
        if method != 0 {
            content.clear();
            DeflateDecoder::new(stored).read_to_end(&mut content).expect("the host compresses with deflate");
        }
        found.push((name, content));
        entry += 46 + lengths.iter().sum::<usize>();
    }
    found
}

/// A little-endian number.
fn number(bytes: &[u8], at: usize, length: usize) -> usize {
    bytes[at..at + length].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}
