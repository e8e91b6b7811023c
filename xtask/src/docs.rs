//! `cargo xtask docs`: the registry's documentation, written by the real tfplugindocs from schema, examples, templates.
//!
//! The generator empties the directory it writes to, so it works on a copy; only folders of the registry's layout are
//! copied back: `docs/decisions/` and `docs/performance.md` are kept.
//! It also writes the tables in the READMEs of `modules/`, and `llms.txt`, the list of all pages.

mod front_matter;
mod llms;
mod modules;
mod schema;
mod tree;
mod versions;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use ::testbed::Tool;
use lexopt::{Arg, Parser};

use crate::{failure::Failure, process, repository, testbed::progress};

const HELP: &str = "\
Usage: cargo xtask docs [--check]

Writes docs/ from the provider's schema, examples/ and templates/, with the real Terraform and the real tfplugindocs, and the tables of
inputs and outputs in the READMEs of modules/, and llms.txt, the list of all pages.
  --check   write nothing; fail when docs/, llms.txt or a README of a module is not what would be written
";

/// Parts of the registry's layout in `docs/`; all others are written by hand.
const GENERATED: [&str; 8] = [
    "actions",
    "data-sources",
    "ephemeral-resources",
    "functions",
    "guides",
    "index.md",
    "list-resources",
    "resources",
];

pub(crate) fn run(mut arguments: Parser) -> Result<(), Failure> {
    let mut only_check = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("check") => only_check = true,
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                return Ok(());
            }
            other => return Err(other.unexpected().into()),
        }
    }

    if only_check {
        return check();
    }
    for page in modules::outdated()? {
        modules::write(&page)?;
        println!("{}", page.path.display());
    }
    let docs = repository::root().join("docs");
    let written = generate()?;
    let differences = tree::differences(&docs, &written.docs, &GENERATED)?;
    for path in &differences {
        tree::take_over(path, &docs, &written.docs)?;
        println!("docs/{}", path.display());
    }
    let list = llms::text(&written.docs)?;
    if fs::read_to_string(llms::path()).ok().as_ref() != Some(&list) {
        fs::write(llms::path(), list).map_err(Failure::io("write", &llms::path()))?;
        println!("llms.txt");
    }
    println!("docs/ is in step with schema, examples and templates: {} files changed", differences.len());
    Ok(())
}

/// Fails if `docs/` differs from the generator's output, or the README of a module from its HCL.
pub(crate) fn check() -> Result<(), Failure> {
    let pages: Vec<_> =
        modules::outdated()?.iter().map(|page| format!("  {}", page.path.display())).collect();
    if !pages.is_empty() {
        return Err(Failure::new(format!(
            "The tables of inputs and outputs are not in step with variables.tf and outputs.tf:\n{}\n\
             Run `cargo xtask docs` and commit.",
            pages.join("\n")
        )));
    }
    let written = generate()?;
    let differences = tree::differences(&repository::root().join("docs"), &written.docs, &GENERATED)?;
    let mut files: Vec<_> = differences.iter().map(|path| format!("  docs/{}", path.display())).collect();
    if fs::read_to_string(llms::path()).ok() != Some(llms::text(&written.docs)?) {
        files.push("  llms.txt".to_owned());
    }
    if files.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "docs/ is not in step with schema, examples and templates:\n{}\n\
         Edit the doc comments in src/, examples/ or templates/, never docs/; then run `cargo xtask docs` and commit.",
        files.join("\n")
    )))
}

/// Output of the generator, until dropped.
struct Written {
    docs: PathBuf,
    _directory: tempfile::TempDir,
}

fn generate() -> Result<Written, Failure> {
    ::testbed::ensure(&[Tool::Terraform, Tool::Tfplugindocs], &progress)?;
    let directory = tempfile::tempdir().map_err(Failure::io("create", Path::new("a temporary directory")))?;
    for sources in ["examples", "templates"] {
        tree::copy(&repository::root().join(sources), &directory.path().join(sources))?;
    }
    let schema = schema::write(directory.path())?;
    fill_in_versions(directory.path(), &schema)?;
    let tfplugindocs = |arguments: &[&str]| {
        let mut tfplugindocs = Command::new(Tool::Tfplugindocs.path()?);
        tfplugindocs.args(arguments).args(["--provider-name", "cks", "--provider-dir"]).arg(directory.path());
        process::run_quietly(tfplugindocs.arg("--providers-schema").arg(&schema))
    };
    tfplugindocs(&["generate", "--rendered-provider-name=CKS"])?;
    let docs = directory.path().join("docs");
    for kind in GENERATED.into_iter().filter(|kind| !matches!(*kind, "guides" | "index.md")) {
        put_in_menu(&docs.join(kind))?;
    }
    tfplugindocs(&["validate"])?;
    Ok(Written { docs, _directory: directory })
}

/// Gives the pages of a kind of types their parts of the registry's menu.
fn put_in_menu(folder: &Path) -> Result<(), Failure> {
    for entry in fs::read_dir(folder).map_err(Failure::io("read", folder))? {
        let file = entry.map_err(Failure::io("read", folder))?.path();
        let text = fs::read_to_string(&file).map_err(Failure::io("read", &file))?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let text = front_matter::with_subcategory(&text, &name)
            .map_err(|what| Failure::new(format!("docs/{name}.md: {what}")))?;
        fs::write(&file, text).map_err(Failure::io("write", &file))?;
    }
    Ok(())
}

/// Writes the table of versions into the one template that has a place for it.
fn fill_in_versions(directory: &Path, schema: &Path) -> Result<(), Failure> {
    let read = |path: &Path| fs::read_to_string(path).map_err(Failure::io("read", path));
    let template = directory.join("templates/guides/versions.md.tmpl");
    let text = read(&template)?;
    if !text.contains(versions::PLACE) {
        return Err(Failure::new(format!("{} has no line {}", template.display(), versions::PLACE)));
    }
    let table = versions::table(&schema::of_provider(&read(schema)?)?);
    let written = fs::write(&template, text.replace(versions::PLACE, &table));
    written.map_err(Failure::io("write", &template))
}
