//! The provider's schema as Terraform itself reports it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use ::testbed::Tool;
use serde_json::Value;

use crate::{failure::Failure, process, provider};

/// The provider's name in Terraform.
const ADDRESS: &str = "registry.terraform.io/cks-community/cks";

/// The only name (except a builtin one) under which tfplugindocs finds a provider called `cks`.
const ADDRESS_FOR_TFPLUGINDOCS: &str = "registry.terraform.io/hashicorp/cks";

const CONFIGURATION: &str = r#"terraform {
  required_providers {
    cks = {
      source = "cks-community/cks"
    }
  }
}
"#;

/// Builds the provider, and writes the schema that tfplugindocs reads into the directory.
pub(crate) fn write(directory: &Path) -> Result<PathBuf, Failure> {
    let binary = provider::build_as_tests_do()?;
    let reported = report(&binary, &directory.join("schema"))?;
    let path = directory.join("schema.json");
    fs::write(&path, renamed(&reported)?).map_err(Failure::io("write", &path))?;
    Ok(path)
}

/// The provider's part of a schema that [`write`] wrote.
pub(crate) fn of_provider(written: &str) -> Result<Value, Failure> {
    let mut schema: Value = serde_json::from_str(written)
        .map_err(|error| Failure::new(format!("the schema is not JSON: {error}")))?;
    Ok(schema["provider_schemas"][ADDRESS_FOR_TFPLUGINDOCS].take())
}

/// Output of `terraform providers schema -json`, with this binary instead of an installed provider.
fn report(binary: &Path, directory: &Path) -> Result<String, Failure> {
    let write = |name: &str, text: &str| {
        let path = directory.join(name);
        fs::write(&path, text).map_err(Failure::io("write", &path))?;
        Ok::<_, Failure>(path)
    };
    fs::create_dir_all(directory).map_err(Failure::io("create", directory))?;
    write("main.tf", CONFIGURATION)?;
    let folder = binary.parent().unwrap_or(binary).display().to_string();
    let settings = format!(
        "provider_installation {{\n  dev_overrides {{\n    \"cks-community/cks\" = {}\n  }}\n  direct {{}}\n}}\n",
        Value::from(folder)
    );
    let settings = write("terraform.tfrc", &settings)?;

    let mut terraform = Command::new(Tool::Terraform.path()?);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TF_")) {
        terraform.env_remove(name);
    }
    terraform.current_dir(directory).env("TF_CLI_CONFIG_FILE", settings).env("CHECKPOINT_DISABLE", "1");
    process::read(terraform.args(["providers", "schema", "-json"]))
}

/// The same schema under the name that tfplugindocs expects.
fn renamed(reported: &str) -> Result<String, Failure> {
    let unexpected =
        |what: &str| Failure::new(format!("`terraform providers schema -json` reports {what}: {reported}"));
    let mut schema: Value =
        serde_json::from_str(reported).map_err(|_| unexpected("something other than JSON"))?;
    let schemas = schema.get_mut("provider_schemas").and_then(Value::as_object_mut);
    let schemas = schemas.ok_or_else(|| unexpected("no providers"))?;
    let provider = schemas.remove(ADDRESS).ok_or_else(|| unexpected(&format!("no provider {ADDRESS}")))?;
    schemas.insert(ADDRESS_FOR_TFPLUGINDOCS.to_owned(), provider);
    Ok(schema.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tfplugindocs_gets_the_schema_under_the_name_it_looks_for() {
        let reported = r#"{"format_version":"1.0","provider_schemas":{"registry.terraform.io/cks-community/cks":{"a":1}}}"#;
        let expected =
            r#"{"format_version":"1.0","provider_schemas":{"registry.terraform.io/hashicorp/cks":{"a":1}}}"#;
        assert_eq!(renamed(reported).unwrap(), expected);
    }

    #[test]
    fn a_report_without_the_provider_is_an_error() {
        let error = renamed(r#"{"provider_schemas":{}}"#).unwrap_err().to_string();
        assert!(error.contains("reports no provider registry.terraform.io/cks-community/cks"), "{error}");
    }
}
