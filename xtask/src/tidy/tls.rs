//! One TLS stack (rustls) with one crypto provider (aws-lc-rs) in the provider's binary, on every platform.
//!
//! Checked with `cargo tree`, since Cargo.lock also lists optional crates that are never built.

use super::Problem;
use crate::{failure::Failure, process, provider, repository};

/// Crates that would bring a second stack or provider.
const OTHERS: [&str; 8] =
    ["ring", "openssl", "openssl-sys", "native-tls", "boring", "mbedtls", "graviola", "rustls-openssl"];

pub(super) fn check() -> Result<Vec<Problem>, Failure> {
    let mut tree = repository::cargo();
    tree.args(["tree", "--locked", "--package", provider::NAME, "--edges", "normal", "--target", "all"]);
    Ok(findings(&process::read(tree.args(["--prefix", "none", "--format", "{p}"]))?))
}

/// From the tree's packages, one `NAME vVERSION …` a line.
fn findings(tree: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let found = |name: &str| tree.lines().any(|line| line.split(' ').next() == Some(name));
    for other in OTHERS.into_iter().filter(|other| found(other)) {
        problems.push(Problem::new(
            "Cargo.toml",
            format!("{other} would be in the binary, in addition to rustls on aws-lc-rs"),
            format!(
                "`cargo tree --target all --invert {other}` shows which crate requires it; turn that feature off"
            ),
        ));
    }
    let mut rustls: Vec<_> =
        tree.lines().filter_map(|line| line.strip_prefix("rustls v")?.split(' ').next()).collect();
    rustls.sort_unstable();
    rustls.dedup();
    if rustls.len() != 1 {
        problems.push(Problem::new(
            "Cargo.toml",
            format!("the binary would have {} versions of rustls instead of one", rustls.len()),
            "`cargo tree --invert rustls` shows which crate requires which; use one",
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tree: &str, expected: &[&str]) {
        let found: Vec<_> = findings(tree).into_iter().map(|found| found.what).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn rustls_on_aws_lc_is_the_only_stack() {
        check(
            "terraform-provider-cks v0.1.0 (/a)\nrustls v0.23.46\naws-lc-rs v1.15.0\nrustls v0.23.46 (*)\n",
            &[],
        );
        check(
            "rustls v0.23.46\nring v0.17.0\n",
            &["ring would be in the binary, in addition to rustls on aws-lc-rs"],
        );
        check("rustls v0.23.46\nstring v1.0.0\n", &[]);
        let two = "rustls v0.23.46\nrustls v0.24.0\n";
        check(two, &["the binary would have 2 versions of rustls instead of one"]);
        check("tokio v1.0.0\n", &["the binary would have 0 versions of rustls instead of one"]);
    }
}
