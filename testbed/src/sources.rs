//! A copy of a module and of some dependencies, without the files that are left out of its build.

use std::{fs, io, path::Path};

use crate::{ToolError, go::go, modules::Module};

/// Copies the module to `into`, with those dependencies that files are left out of beside it.
///
/// # Errors
/// A dependency has no such file any more, or something cannot be read or written.
pub(crate) fn copy(module: &Module, into: &Path) -> Result<(), ToolError> {
    copy_directory(&module.directory(), into).map_err(ToolError::io("write", into))?;
    for &(dependency, file) in module.left_out {
        // Relative: Go writes it into the program.
        let name = dependency.replace('/', "-");
        let copied = into.join(&name);
        if !copied.exists() {
            go(module, into, &["mod", "download", dependency])?;
            let original = go(module, into, &["list", "-m", "-f", "{{.Dir}}", dependency])?;
            let original = Path::new(original.trim());
            copy_directory(original, &copied).map_err(ToolError::io("copy", original))?;
            go(module, into, &["mod", "edit", &format!("-replace={dependency}=./{name}")])?;
        }
        let path = copied.join(file);
        fs::remove_file(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ToolError::NothingToLeaveOut { dependency, file },
            _ => ToolError::io("remove", &path)(error),
        })?;
    }
    Ok(())
}

/// Go's cache of modules cannot be written, so the files are written and not copied with their permissions.
fn copy_directory(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let copied = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_directory(&entry.path(), &copied)?;
        } else {
            fs::write(copied, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_can_be_changed_although_its_original_cannot() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("from"), directory.path().join("to"));
        fs::create_dir_all(from.join("package")).unwrap();
        let original = from.join("package/a.go");
        fs::write(&original, "package a").unwrap();
        let mut permissions = fs::metadata(&original).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&original, permissions).unwrap();

        copy_directory(&from, &to).unwrap();
        let copied = to.join("package/a.go");
        assert_eq!(fs::read_to_string(&copied).unwrap(), "package a");
        assert!(!fs::metadata(&copied).unwrap().permissions().readonly());
    }
}
