//! Compares and copies directories, file by file.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::failure::Failure;

/// Paths, below either directory, of files that are not the same in both. Only the named entries are compared.
pub(crate) fn differences(ours: &Path, theirs: &Path, entries: &[&str]) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = BTreeSet::new();
    for directory in [ours, theirs] {
        for entry in entries {
            collect(directory, Path::new(entry), &mut paths)?;
        }
    }
    let mut different = Vec::new();
    for path in paths {
        if content(&ours.join(&path))? != content(&theirs.join(&path))? {
            different.push(path);
        }
    }
    Ok(different)
}

/// Makes a file in `ours` equal to that in `theirs`: writes or removes it.
pub(crate) fn take_over(path: &Path, ours: &Path, theirs: &Path) -> Result<(), Failure> {
    let to = ours.join(path);
    match content(&theirs.join(path))? {
        Some(bytes) => write(&to, &bytes),
        None => fs::remove_file(&to).map_err(Failure::io("remove", &to)),
    }
}

/// Copies a directory, if it exists.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let mut paths = BTreeSet::new();
    collect(from, Path::new(""), &mut paths)?;
    for path in paths {
        write(&to.join(&path), &content(&from.join(&path))?.unwrap_or_default())?;
    }
    Ok(())
}

/// Adds the files at `path` and below, as paths below `root`.
fn collect(root: &Path, path: &Path, into: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
    let full = root.join(path);
    if full.is_file() {
        into.insert(path.to_owned());
    } else if full.is_dir() {
        for entry in fs::read_dir(&full).map_err(Failure::io("read", &full))? {
            let entry = entry.map_err(Failure::io("read", &full))?;
            collect(root, &path.join(entry.file_name()), into)?;
        }
    }
    Ok(())
}

fn content(file: &Path) -> Result<Option<Vec<u8>>, Failure> {
    if !file.is_file() {
        return Ok(None);
    }
    fs::read(file).map(Some).map_err(Failure::io("read", file))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let directory = file.parent().unwrap_or(file);
    fs::create_dir_all(directory).map_err(Failure::io("create", directory))?;
    fs::write(file, bytes).map_err(Failure::io("write", file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for (path, text) in files {
            write(&directory.path().join(path), text.as_bytes()).unwrap();
        }
        directory
    }

    #[test]
    fn changed_missing_and_superfluous_files_are_found_and_repaired_and_others_left_alone() {
        let ours = directory(&[
            ("index.md", "old"),
            ("resources/same.md", "same"),
            ("resources/gone.md", "gone"),
            ("decisions/0001.md", "by hand"),
        ]);
        let theirs = directory(&[("index.md", "new"), ("resources/same.md", "same"), ("guides/a.md", "a")]);
        let find = || differences(ours.path(), theirs.path(), &["guides", "index.md", "resources"]).unwrap();

        let found = find();
        assert_eq!(found, ["guides/a.md", "index.md", "resources/gone.md"].map(PathBuf::from));
        for path in found {
            take_over(&path, ours.path(), theirs.path()).unwrap();
        }
        assert_eq!(find(), Vec::<PathBuf>::new());
        assert!(ours.path().join("decisions/0001.md").is_file());
    }

    #[test]
    fn a_copy_has_every_file_and_a_missing_directory_copies_to_nothing() {
        let from = directory(&[("a/b.tf", "b"), ("c.tf", "c")]);
        let to = tempfile::tempdir().unwrap();
        copy(from.path(), to.path()).unwrap();
        assert_eq!(differences(from.path(), to.path(), &["a", "c.tf"]).unwrap(), Vec::<PathBuf>::new());
        copy(&from.path().join("nowhere"), to.path()).unwrap();
    }
}
