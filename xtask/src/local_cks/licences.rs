//! The licences of everything in the archive: `licences/NAME.txt` for each program, with the texts that its modules or crates have in
//! their sources.

use std::{fmt::Write as _, fs, path::Path};

use ::testbed::Tool;
use cargo_metadata::MetadataCommand;

use super::archive::Archive;
use crate::{failure::Failure, package, repository};

/// Beginnings of the names of files with licences and notices, in capitals.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT", "UNLICENSE"];

/// Adds the texts for the program of this package, and for these tools.
pub(super) fn add(archive: &mut Archive, package: &str, tools: &[Tool]) -> Result<(), Failure> {
    archive.add_bytes("licences/local-cks.txt", of_crates(package)?.as_bytes())?;
    for tool in tools {
        let mut text = String::new();
        for module in tool.go_modules()? {
            // Of our own: LICENSE.
            if !module.version.is_empty() {
                part(&mut text, &format!("{} {}", module.path, module.version), &module.directory, None)?;
            }
        }
        archive.add_bytes(&format!("licences/{tool}.txt"), text.as_bytes())?;
    }
    Ok(())
}

/// Of all crates in the program of this package, from their sources.
fn of_crates(package: &str) -> Result<String, Failure> {
    let metadata = MetadataCommand::new()
        .current_dir(repository::root())
        .exec()
        .map_err(|error| Failure::new(format!("cargo metadata: {error}")))?;
    let linked = package::crates_for_this_machine(package)?;
    let mut text = "Rust's standard library: MIT OR Apache-2.0, https://www.rust-lang.org\n\n".to_owned();
    // Of crates.io only: our own have LICENSE.
    let packages = metadata.packages.iter().filter(|package| {
        package.source.is_some() && linked.contains(&format!("{} {}", package.name, package.version))
    });
    for package in packages {
        let directory = package.manifest_path.parent().map_or(Path::new("/"), |path| path.as_std_path());
        let title = format!("{} {}", package.name, package.version);
        part(&mut text, &title, directory, package.license.as_deref())?;
    }
    Ok(text)
}

/// Adds the texts of one module or crate; one without any must at least name its licence.
fn part(text: &mut String, title: &str, directory: &Path, named: Option<&str>) -> Result<(), Failure> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).map_err(Failure::io("read", directory))? {
        let path = entry.map_err(Failure::io("read", directory))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        let is_source = path.extension().is_some_and(|extension| extension == "go" || extension == "rs");
        if path.is_file() && !is_source && NAMES.iter().any(|start| name.starts_with(start)) {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() && named.is_none() {
        return Err(Failure::new(format!("{title} has no licence in {}", directory.display())));
    }
    let _ = writeln!(text, "==== {title}{}\n", named.map(|named| format!(" ({named})")).unwrap_or_default());
    for file in files {
        let bytes = fs::read(&file).map_err(Failure::io("read", &file))?;
        let _ = writeln!(text, "{}\n", String::from_utf8_lossy(&bytes).trim_end());
    }
    Ok(())
}
