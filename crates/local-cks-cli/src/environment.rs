//! The environment file: one `NAME=value` a line, which shells can source and GitHub Actions can append to `$GITHUB_ENV`.
//!
//! Rule: neither reads quotes as the other does, so values have only characters that need none. The file has a secret, the CoreWeave
//! token, and is readable by its owner only. It exists exactly while local CKS is ready.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{failure::Failure, private_file};

/// Variable with the path of the control socket.
pub(crate) const CONTROL: &str = "LOCAL_CKS_CONTROL";

/// Variable with the process id of `local-cks up`.
pub(crate) const PROCESS: &str = "LOCAL_CKS_PROCESS";

/// The file where no other is set.
const DEFAULT: &str = "local-cks.env";

/// Variables, in the order of the file.
pub(crate) type Variables = Vec<(String, String)>;

/// An environment file that a local-cks wrote, which may have ended.
#[derive(Debug)]
pub(crate) struct Written {
    /// Its control socket.
    pub(crate) control: PathBuf,
    /// Its process id.
    pub(crate) process: u32,
}

/// The file's absolute path, of `--environment` or the default in the current directory.
pub(crate) fn path(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let named = named.unwrap_or_else(|| DEFAULT.into());
    std::path::absolute(&named).map_err(Failure::file("find", named))
}

/// Writes the file in one step.
pub(crate) fn write(file: &Path, variables: &Variables) -> Result<(), Failure> {
    private_file::write(file, &text(variables)?)
}

/// Who wrote the file; `None` if it does not exist.
pub(crate) fn read(file: &Path) -> Result<Option<Written>, Failure> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::file("read", file)(error)),
    };
    written(&text).map(Some).ok_or_else(|| Failure::ForeignFile { path: file.to_owned() })
}

/// Removes the file, unless another process has written it since.
pub(crate) fn remove(file: &Path) {
    if let Ok(Some(written)) = read(file)
        && written.process == std::process::id()
    {
        let _ = fs::remove_file(file);
    }
}

/// Removes the file of a local-cks that does not run any more, since it was killed.
pub(crate) fn discard(file: &Path, of: &Written) {
    // Another one may have written it since.
    if let Ok(Some(written)) = read(file)
        && written.process == of.process
    {
        let _ = fs::remove_file(file);
    }
}

/// The variable for something of a cluster, such as `LOCAL_CKS_CLUSTER_ID_PROD_EU` for `prod-eu`.
pub(crate) fn of_cluster(prefix: &str, cluster: &str) -> String {
    let sign = |sign: char| if sign.is_ascii_alphanumeric() { sign.to_ascii_uppercase() } else { '_' };
    format!("{prefix}_{}", cluster.chars().map(sign).collect::<String>())
}

fn written(text: &str) -> Option<Written> {
    let value = |wanted: &str| {
        text.lines()
            .find_map(|line| line.split_once('=').filter(|(name, _)| *name == wanted).map(|(_, value)| value))
    };
    Some(Written { control: value(CONTROL)?.into(), process: value(PROCESS)?.parse().ok()? })
}

fn text(variables: &Variables) -> Result<String, Failure> {
    let mut text = String::new();
    for (name, value) in variables {
        if !value.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_./:@%+,".contains(sign)) {
            return Err(Failure::Rejected(format!(
                "the value of {name} has characters that an environment file cannot have: if it is a path, set TMPDIR to a \
                 directory without spaces in its path"
            )));
        }
        text.extend([name, "=", value, "\n"]);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{Failure, of_cluster, text, written};

    fn variables(pairs: &[(&str, &str)]) -> super::Variables {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_file_says_who_wrote_it() {
        let pairs = [("A", "b"), ("LOCAL_CKS_CONTROL", "/tmp/x/control"), ("LOCAL_CKS_PROCESS", "12")];
        let written_ = written(&text(&variables(&pairs)).unwrap()).unwrap();
        assert_eq!((written_.control.to_str(), written_.process), (Some("/tmp/x/control"), 12));
        assert!(written("export A=b\n").is_none());
    }

    #[test]
    fn values_need_no_quotes_in_any_reader() {
        for value in ["/tmp/with space", "a$b", "a\nb", "it's", "a;b", "`a`", "a=b"] {
            let failed = text(&variables(&[("NAME", value)]));
            assert!(
                matches!(failed, Err(Failure::Rejected(said)) if said.contains("NAME") && !said.contains(value))
            );
        }
        assert_eq!(
            text(&variables(&[("NO_PROXY", "localhost,127.0.0.1,::1")])).unwrap(),
            "NO_PROXY=localhost,127.0.0.1,::1\n"
        );
    }

    #[test]
    fn clusters_have_variables_of_their_own() {
        assert_eq!(of_cluster("LOCAL_CKS_CLUSTER_ID", "prod-eu.1"), "LOCAL_CKS_CLUSTER_ID_PROD_EU_1");
    }
}
