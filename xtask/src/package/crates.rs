//! Which crates are in a program: those of which code is linked for its platform, and no macros or build scripts.

use std::collections::BTreeSet;

use super::target::Target;
use crate::{failure::Failure, process, repository};

/// The crates in the program of a package, as `NAME VERSION`.
pub(super) fn in_program(target: &Target, package: &str) -> Result<BTreeSet<String>, Failure> {
    let mut tree = repository::cargo();
    tree.args(["tree", "--locked", "--package", package, "--edges", "normal,no-proc-macro"]);
    tree.args(["--target", &target.triple, "--prefix", "none", "--format", "{p}"]);
    Ok(parsed(&process::read(&mut tree)?))
}

/// From lines such as `serde v1.0.228`, and `kubernetes v0.1.0 (DIRECTORY)`.
fn parsed(tree: &str) -> BTreeSet<String> {
    let name_and_version = |line: &str| {
        let (name, rest) = line.split_once(" v")?;
        Some(format!("{name} {}", rest.split(' ').next()?))
    };
    tree.lines().filter_map(name_and_version).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_its_name_and_version_whatever_follows() {
        let tree = "reqwest v0.1.0 (/home/a)\nrustls v1.0.0\nquinn v2.0.0 (*)\n";
        let expected = ["quinn 2.0.0", "reqwest 0.1.0", "rustls 1.0.0"];
        assert_eq!(parsed(tree).into_iter().collect::<Vec<_>>(), expected);
    }
}
