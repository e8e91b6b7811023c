//! The workflows of GitHub Actions are checked with actionlint, since no machine but GitHub's runs them.

use std::process::Command;

use ::testbed::Tool;

use super::Problem;
use crate::{failure::Failure, process, repository, testbed::progress};

pub(super) fn check() -> Result<Vec<Problem>, Failure> {
    ::testbed::ensure(&[Tool::Actionlint], &progress)?;
    let mut actionlint = Command::new(Tool::Actionlint.path()?);
    // A line for each finding. Programs that it would run on scripts are not on every machine.
    actionlint.args(["-no-color", "-oneline", "-shellcheck", "", "-pyflakes", ""]);
    let output = actionlint.current_dir(repository::root()).output();
    let output = output.map_err(|cause| Failure::new(format!("cannot start actionlint: {cause}")))?;
    let found = findings(&String::from_utf8_lossy(&output.stdout));
    // Such as a file that it cannot read.
    if found.is_empty() && !output.status.success() {
        process::run(&mut actionlint)?;
    }
    Ok(found)
}

/// From the lines `FILE:LINE:COLUMN: MESSAGE [RULE]`.
fn findings(printed: &str) -> Vec<Problem> {
    let finding = |line: &str| {
        let mut parts = line.splitn(4, ':');
        let (file, number, message) = (parts.next()?, parts.next()?.parse().ok()?, parts.nth(1)?);
        Some(Problem::at(file, number, message.trim().to_owned(), "see https://github.com/rhysd/actionlint"))
    };
    printed.lines().filter_map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::problem::in_lines;

    #[test]
    fn a_line_is_a_finding() {
        let printed = ".github/workflows/a.yml:3:5: unexpected key \"step\" [syntax-check]\n";
        let expected = [".github/workflows/a.yml:3: unexpected key \"step\" [syntax-check]"];
        assert_eq!(in_lines(findings(printed)), expected);
        assert!(findings("").is_empty());
    }
}
