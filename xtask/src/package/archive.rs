//! ZIP archives of providers: the same bytes for the same content.

use std::{
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use flate2::{Compression, bufread::DeflateDecoder, write::DeflateEncoder};
use rawzip::{CompressionMethod, Error, ZipArchive, ZipArchiveWriter};

use crate::{
    failure::Failure,
    platform::{Platform, VERSION},
    repository,
};

/// Files of the repository in each archive.
const ALSO: [&str; 2] = ["LICENSE", "README.md"];

/// What the names of all files of a release begin with.
pub(super) fn prefix() -> String {
    format!("terraform-provider-cks_{VERSION}")
}

/// An archive, with the platform of its program.
#[derive(Clone, Debug)]
pub(super) struct Archive {
    pub(super) platform: Platform,
    pub(super) path: PathBuf,
}

impl Archive {
    /// That of a platform in the directory of a release.
    pub(super) fn of(platform: &Platform, release: &Path) -> Self {
        Self { platform: platform.clone(), path: release.join(format!("{}_{platform}.zip", prefix())) }
    }

    /// All of this version in a directory, sorted by platform.
    pub(super) fn all_in(release: &Path) -> Result<Vec<Self>, Failure> {
        let mut all = Vec::new();
        for entry in fs::read_dir(release).map_err(Failure::io("read", release))? {
            let name = entry.map_err(Failure::io("read", release))?.file_name();
            let platform = name.to_str().and_then(|name| {
                let rest = name.strip_prefix(&prefix())?.strip_prefix('_')?;
                Platform::parse(rest.strip_suffix(".zip")?)
            });
            all.extend(platform.map(|platform| Self::of(&platform, release)));
        }
        all.sort_by(|one, other| one.platform.cmp(&other.platform));
        if all.is_empty() {
            return Err(Failure::new(format!("{} has no {}_OS_ARCH.zip", release.display(), prefix())));
        }
        Ok(all)
    }

    pub(super) fn file_name(&self) -> String {
        format!("{}_{}.zip", prefix(), self.platform)
    }

    /// Writes it, with this program.
    pub(super) fn write(&self, program: &Path) -> Result<(), Failure> {
        let mut files = Vec::new();
        for name in ALSO {
            files.push((name.to_owned(), read(&repository::root().join(name))?, 0o644));
        }
        let suffix = self.platform.program_suffix();
        files.push((format!("terraform-provider-cks_v{VERSION}{suffix}"), read(program)?, 0o755));
        let bytes = packed(&files).map_err(|error| self.failure(&error))?;
        fs::write(&self.path, bytes).map_err(Failure::io("write", &self.path))
    }

    /// Its content: names and files, sorted by name.
    pub(super) fn files(&self) -> Result<Vec<(String, Vec<u8>)>, Failure> {
        unpacked(&read(&self.path)?).map_err(|error| self.failure(&error))
    }

    fn failure(&self, error: &Error) -> Failure {
        Failure::new(format!("{}: {error}", self.path.display()))
    }
}

/// A ZIP archive of these files, each with its permissions. It has no times, which would say when files were copied.
fn packed(files: &[(String, Vec<u8>, u32)]) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut zip = ZipArchiveWriter::new(&mut bytes);
    for (name, content, permissions) in files {
        let file = zip.new_file(name).compression_method(CompressionMethod::DEFLATE);
        let (mut entry, checked) = file.unix_permissions(*permissions).start()?;
        let mut writer = checked.wrap(DeflateEncoder::new(&mut entry, Compression::best()));
        writer.write_all(content)?;
        let (encoder, descriptor) = writer.finish()?;
        encoder.finish()?;
        entry.finish(descriptor)?;
    }
    zip.finish()?;
    Ok(bytes)
}

/// Names and files of an archive of [`packed`], sorted by name.
fn unpacked(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let zip = ZipArchive::from_slice(bytes)?;
    let mut files = Vec::new();
    for entry in zip.entries() {
        let entry = entry?;
        let name = entry.file_path().try_normalize()?.as_ref().to_owned();
        let stored = zip.get_entry(entry.wayfinder())?;
        let mut content = Vec::new();
        stored.verifying_reader(DeflateDecoder::new(stored.data())).read_to_end(&mut content)?;
        files.push((name, content));
    }
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(Failure::io("read", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_has_the_program_as_terraform_looks_for_it() {
        let release = tempfile::tempdir().unwrap();
        let program = release.path().join("built");
        fs::write(&program, "program").unwrap();
        for (platform, name) in [("linux_amd64", ""), ("windows_amd64", ".exe")] {
            let archive = Archive::of(&Platform::parse(platform).unwrap(), release.path());
            archive.write(&program).unwrap();
            let files = archive.files().unwrap();
            let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["LICENSE", "README.md", &format!("terraform-provider-cks_v{VERSION}{name}")]);
            assert_eq!(files[2].1, b"program");
        }
        let all = Archive::all_in(release.path()).unwrap();
        assert_eq!(
            all.iter().map(Archive::file_name).collect::<Vec<_>>().join(" "),
            [format!("{}_linux_amd64.zip", prefix()), format!("{}_windows_amd64.zip", prefix()),].join(" ")
        );
    }

    #[test]
    fn an_archive_depends_on_names_content_and_permissions_only() {
        let files = [("a".to_owned(), b"content".repeat(99), 0o755)];
        let first = packed(&files).unwrap();
        assert_eq!(packed(&files).unwrap(), first);
        assert_ne!(packed(&[("a".to_owned(), b"content".repeat(99), 0o644)]).unwrap(), first);
    }
}
