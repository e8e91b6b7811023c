//! Programs for Linux that need no dynamic linker, so that they run whatever C library a system has, or none.

use std::{fs, path::Path};

use crate::failure::Failure;

/// The kind of program header that names a dynamic linker (ELF's `PT_INTERP`).
const INTERPRETER: u64 = 3;

/// Fails if the program names a dynamic linker.
pub(super) fn check(program: &Path) -> Result<(), Failure> {
    let bytes = fs::read(program).map_err(Failure::io("read", program))?;
    match is_static(&bytes) {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::new(format!(
            "{} needs a dynamic linker: `readelf --program-headers --dynamic` shows what for",
            program.display()
        ))),
        None => Err(Failure::new(format!("{} is not a 64-bit program for Linux", program.display()))),
    }
}

/// `None`: not a 64-bit little-endian ELF file.
fn is_static(bytes: &[u8]) -> Option<bool> {
    // Class and byte order follow the magic number.
    if !bytes.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let (first, size, count) = (number(bytes, 32, 8)?, number(bytes, 54, 2)?, number(bytes, 56, 2)?);
    let mut headers = (0..count).map(|index| number(bytes, first + index * size, 4));
    headers.try_fold(true, |is_static, kind| Some(is_static && kind? != INTERPRETER))
}

fn number(bytes: &[u8], at: u64, length: u64) -> Option<u64> {
    let range = usize::try_from(at).ok()?..usize::try_from(at.checked_add(length)?).ok()?;
    Some(bytes.get(range)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with program headers of these kinds.
    fn program(kinds: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01".to_vec();
        bytes.resize(64, 0);
        (bytes[32], bytes[54], bytes[56]) = (64, 56, kinds.len().try_into().unwrap());
        for &kind in kinds {
            bytes.push(kind);
            bytes.resize(bytes.len() + 55, 0);
        }
        bytes
    }

    #[test]
    fn a_program_is_static_without_a_dynamic_linker() {
        assert_eq!(is_static(&program(&[1, 1, 2])), Some(true));
        assert_eq!(is_static(&program(&[6, 3, 1])), Some(false));
        assert_eq!(is_static(&program(&[1])[..70]), Some(true));
        assert_eq!(is_static(&program(&[1])[..66]), None);
        assert_eq!(is_static(b"MZ"), None);
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn this_program_is_not_static() {
        let own = fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(is_static(&own), Some(false));
    }
}
