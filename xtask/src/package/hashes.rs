//! Checksums: those of `SHA256SUMS`, and the two forms of lock files and network mirrors.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// SHA-256 in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The form `zh:`, of the archive.
pub(super) fn of_archive(bytes: &[u8]) -> String {
    format!("zh:{}", sha256(bytes))
}

/// The form `h1:`, of the files in the archive, as Go computes it for modules: each file's checksum and name, sorted by name.
pub(super) fn of_files(files: &[(String, Vec<u8>)]) -> String {
    let mut lines: Vec<_> = files.iter().map(|(name, content)| (name, sha256(content))).collect();
    lines.sort();
    let mut hash = Sha256::new();
    for (name, checksum) in lines {
        hash.update(format!("{checksum}  {name}\n"));
    }
    format!("h1:{}", STANDARD.encode(hash.finalize()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_sha256sum() {
        assert_eq!(of_archive(b""), "zh:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    /// That the value is right is tested by `init`, which computes it on its own (`tests/acceptance/release`).
    #[test]
    fn the_checksum_of_files_depends_on_names_and_content_and_not_on_their_order() {
        let file = |name: &str, content: &str| (name.to_owned(), content.as_bytes().to_vec());
        let first = of_files(&[file("a", "1"), file("b", "2")]);
        assert_eq!(of_files(&[file("b", "2"), file("a", "1")]), first);
        assert_ne!(of_files(&[file("a", "2"), file("b", "1")]), first);
        assert!(first.starts_with("h1:") && first.ends_with('='), "{first}");
    }
}
