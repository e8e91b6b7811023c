//! The tables of inputs and outputs in the READMEs of `modules/`, written from `variables.tf` and `outputs.tf`.
//!
//! It reads HCL only as far as `terraform fmt` writes it: blocks begin and end at the start of a line, their arguments are indented by two
//! spaces.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use crate::{failure::Failure, repository};

/// Where the tables are in a README.
const BEGIN: &str = "<!-- inputs and outputs: written by cargo xtask docs -->\n";
const END: &str = "<!-- end of inputs and outputs -->\n";

/// A README whose tables are not those of the module.
pub(super) struct Outdated {
    /// Below the root.
    pub(super) path: PathBuf,
    /// With the right tables.
    pub(super) text: String,
}

/// Every README of a module with other tables than its HCL gives.
pub(super) fn outdated() -> Result<Vec<Outdated>, Failure> {
    let modules = repository::root().join("modules");
    let mut outdated = Vec::new();
    let entries = fs::read_dir(&modules).map_err(Failure::io("read", &modules))?;
    for entry in entries {
        let module = entry.map_err(Failure::io("read", &modules))?.path();
        let read = |name: &str| {
            let file = module.join(name);
            fs::read_to_string(&file).map_err(Failure::io("read", &file))
        };
        let (page, variables, outputs) = (read("README.md")?, read("variables.tf")?, read("outputs.tf")?);
        let path = module.strip_prefix(repository::root()).unwrap_or(&module).join("README.md");
        let text = tables(&variables, &outputs)
            .and_then(|tables| with_tables(&page, &tables))
            .map_err(|what| Failure::new(format!("{}: {what}", path.display())))?;
        if text != page {
            outdated.push(Outdated { path, text });
        }
    }
    outdated.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(outdated)
}

/// Writes a README.
pub(super) fn write(outdated: &Outdated) -> Result<(), Failure> {
    let file = repository::root().join(&outdated.path);
    fs::write(&file, &outdated.text).map_err(Failure::io("write", Path::new(&file)))
}

/// The page with these tables in their place.
fn with_tables(page: &str, tables: &str) -> Result<String, String> {
    let place = page.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = place.ok_or(format!("it has no lines {} and {}", BEGIN.trim(), END.trim()))?;
    Ok(format!("{before}{BEGIN}\n{tables}\n{END}{after}"))
}

/// Both tables.
fn tables(variables: &str, outputs: &str) -> Result<String, String> {
    let mut text = "## Inputs\n\n| name | type | default | what it is |\n|---|---|---|---|\n".to_owned();
    for variable in blocks(variables, "variable") {
        let description = variable.description()?;
        let kind = variable.argument("type").ok_or(format!("variable {} has no type", variable.name))?;
        let default = variable.argument("default").map_or("required".to_owned(), |value| code(&value));
        let sensitive = if variable.is_sensitive() { " Sensitive." } else { "" };
        let _ = writeln!(
            text,
            "| `{}` | {} | {default} | {description}{sensitive} |",
            variable.name,
            code(&kind)
        );
    }
    text.push_str("\n## Outputs\n\n| name | what it is |\n|---|---|\n");
    for output in blocks(outputs, "output") {
        let sensitive = if output.is_sensitive() { " Sensitive." } else { "" };
        let _ = writeln!(text, "| `{}` | {}{sensitive} |", output.name, output.description()?);
    }
    Ok(text)
}

/// Code in a cell.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

/// A block with its arguments.
struct Block<'a> {
    kind: &'a str,
    name: &'a str,
    lines: Vec<&'a str>,
}

impl Block<'_> {
    /// The value of an argument as it is written, on one line.
    fn argument(&self, name: &str) -> Option<String> {
        let is_it = |line: &&str| {
            let rest = line.strip_prefix("  ").and_then(|line| line.strip_prefix(name));
            rest.is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        let at = self.lines.iter().position(is_it)?;
        let (_, first) = self.lines[at].split_once('=')?;
        // What follows a value on several lines is indented further, except its last line, which closes it.
        let inner = self.lines[at + 1..].iter().take_while(|line| line.starts_with("   "));
        let inner: Vec<_> = inner.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let mut value = first.trim().to_owned();
        if !inner.is_empty() {
            let last = self.lines.get(at + 1 + inner.len()).map_or("", |line| line.trim());
            let _ = write!(value, " {} {last}", inner.join(", "));
        }
        Some(value)
    }

    /// The description, as a cell.
    fn description(&self) -> Result<String, String> {
        let quoted = self.argument("description");
        let text = quoted.as_deref().and_then(|text| text.strip_prefix('"')?.strip_suffix('"'));
        let text = text.ok_or(format!("{} {} has no description", self.kind, self.name))?;
        Ok(text.replace("\\\"", "\"").replace('|', "\\|"))
    }

    fn is_sensitive(&self) -> bool {
        self.argument("sensitive").as_deref() == Some("true")
    }
}

/// The blocks of this kind.
fn blocks<'a>(text: &'a str, kind: &'a str) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let name = line.strip_prefix(kind).and_then(|rest| rest.strip_prefix(" \"")?.strip_suffix("\" {"));
        if let Some(name) = name {
            blocks.push(Block {
                kind,
                name,
                lines: lines.by_ref().take_while(|line| *line != "}").collect(),
            });
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    const VARIABLES: &str = r#"variable "one" {
  description = "The \"one\" | only."
  type        = string

  validation {
    condition     = var.one != ""
    error_message = "It is empty."
  }
}

variable "many" {
  description = "Many."
  type = map(object({
    name  = optional(string)
    names = optional(set(string), [])
  }))
  default   = {}
  sensitive = true
}
"#;

    const OUTPUTS: &str = "output \"all\" {\n  description = \"All.\"\n  value = [\n    var.one,\n  ]\n}\n";

    #[test]
    fn every_input_and_output_is_in_the_tables() {
        let tables = tables(VARIABLES, OUTPUTS).unwrap();
        for row in [
            "| `one` | `string` | required | The \"one\" \\| only. |",
            "| `many` | `map(object({ name = optional(string), names = optional(set(string), []) }))` | `{}` | Many. Sensitive. |",
            "| `all` | All. |",
        ] {
            assert!(tables.lines().any(|line| line == row), "{row}\n{tables}");
        }
        assert_eq!(tables.lines().filter(|line| line.starts_with("| `")).count(), 3);
    }

    #[test]
    fn what_has_no_description_or_no_type_is_an_error() {
        let found = |variables: &str, outputs: &str| tables(variables, outputs).unwrap_err();
        assert_eq!(found("variable \"a\" {\n  type = string\n}\n", ""), "variable a has no description");
        assert_eq!(found("variable \"a\" {\n  description = \"A.\"\n}\n", ""), "variable a has no type");
        assert_eq!(found("", "output \"a\" {\n  value = 1\n}\n"), "output a has no description");
    }

    #[test]
    fn only_the_tables_of_a_page_change() {
        let page = format!("# A\n\n{BEGIN}old\n{END}\nB\n");
        let written = with_tables(&page, "new\n").unwrap();
        assert_eq!(written, format!("# A\n\n{BEGIN}\nnew\n\n{END}\nB\n"));
        assert_eq!(with_tables(&written, "new\n").unwrap(), written);
        assert!(with_tables("# A\n", "new").unwrap_err().starts_with("it has no lines"));
    }
}
