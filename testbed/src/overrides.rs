//! Installed programs of the machine, set by environment variables.

use std::{ffi::OsString, path::PathBuf};

use crate::{Tool, ToolError};

/// The program that the environment sets instead of the test bed's own, if any.
///
/// A directory of Kubernetes programs often has no controller manager, and may lack kubectl, which works with servers of other
/// versions: then the test bed's own are used.
pub(crate) fn find(
    tool: Tool,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<PathBuf>, ToolError> {
    let Some(variable) = variable(tool) else {
        return Ok(None);
    };
    let Some(value) = environment(variable).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let mut path = PathBuf::from(value);
    if variable == KUBERNETES {
        path.push(tool.name());
        if matches!(tool, Tool::KubeControllerManager | Tool::Kubectl) && !path.is_file() {
            return Ok(None);
        }
    }
    if path.is_file() { Ok(Some(path)) } else { Err(ToolError::NoSuchOverride { tool, variable, path }) }
}

/// Variable with the directory of programs for tests, as in other Kubernetes projects.
const KUBERNETES: &str = "KUBEBUILDER_ASSETS";

const fn variable(tool: Tool) -> Option<&'static str> {
    match tool {
        Tool::Etcd | Tool::KubeApiserver | Tool::KubeControllerManager | Tool::Kubectl => Some(KUBERNETES),
        Tool::Terraform => Some("TERRAFORM"),
        Tool::OpenTofu => Some("TOFU"),
        Tool::Kubelogin => Some("KUBELOGIN"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    fn with<'a>(name: &'a str, value: &'a Path) -> impl Fn(&str) -> Option<OsString> + 'a {
        move |variable| (variable == name).then(|| value.as_os_str().to_owned())
    }

    #[test]
    fn a_named_terraform_is_used() {
        let directory = tempfile::tempdir().unwrap();
        let own = directory.path().join("terraform-1.5");
        fs::write(&own, "").unwrap();
        assert_eq!(find(Tool::Terraform, with("TERRAFORM", &own)).unwrap(), Some(own.clone()));
        assert_eq!(find(Tool::OpenTofu, with("TERRAFORM", &own)).unwrap(), None);
    }

    #[test]
    fn a_named_program_that_does_not_exist_is_an_error_that_names_the_variable() {
        let error = find(Tool::OpenTofu, with("TOFU", Path::new("/nowhere/tofu"))).unwrap_err();
        assert!(error.to_string().starts_with("TOFU is set, but /nowhere/tofu does not exist"), "{error}");
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        assert_eq!(find(Tool::Terraform, with("TERRAFORM", Path::new(""))).unwrap(), None);
    }

    #[test]
    fn a_directory_of_kubernetes_programs_may_lack_only_the_controller_manager_and_kubectl() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("etcd"), "").unwrap();
        let assets = with(KUBERNETES, directory.path());
        assert_eq!(find(Tool::Etcd, &assets).unwrap(), Some(directory.path().join("etcd")));
        assert_eq!(find(Tool::KubeControllerManager, &assets).unwrap(), None);
        assert_eq!(find(Tool::Kubectl, &assets).unwrap(), None);
        assert!(find(Tool::KubeApiserver, &assets).is_err());
    }
}
