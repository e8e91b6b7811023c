//! A `.tar.gz` whose bytes depend on the content only: no owner, no time, modes of our own.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use tar::{Builder, EntryType, Header};

use crate::failure::Failure;

/// An archive with one folder.
pub(super) struct Archive {
    path: PathBuf,
    folder: String,
    tar: Builder<GzEncoder<File>>,
}

impl Archive {
    /// A new one at this path; everything is in this folder.
    pub(super) fn create(path: &Path, folder: &str) -> Result<Self, Failure> {
        let file = File::create(path).map_err(Failure::io("write", path))?;
        let tar = Builder::new(GzEncoder::new(file, Compression::default()));
        Ok(Self { path: path.to_owned(), folder: folder.to_owned(), tar })
    }

    /// Adds a program under this name.
    pub(super) fn add_program(&mut self, name: &str, program: &Path) -> Result<(), Failure> {
        let length = fs::metadata(program).map_err(Failure::io("read", program))?.len();
        let content = File::open(program).map_err(Failure::io("read", program))?;
        self.add(name, 0o755, length, content)
    }

    /// Adds a file that is not a program.
    pub(super) fn add_text(&mut self, name: &str, file: &Path) -> Result<(), Failure> {
        let text = fs::read(file).map_err(Failure::io("read", file))?;
        self.add_bytes(name, &text)
    }

    pub(super) fn add_bytes(&mut self, name: &str, content: &[u8]) -> Result<(), Failure> {
        self.add(name, 0o644, content.len() as u64, content)
    }

    pub(super) fn finish(self) -> Result<(), Failure> {
        let finished = self.tar.into_inner().and_then(GzEncoder::finish);
        finished.map(drop).map_err(Failure::io("write", &self.path))
    }

    fn add(&mut self, name: &str, mode: u32, length: u64, content: impl Read) -> Result<(), Failure> {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(mode);
        header.set_size(length);
        header.set_mtime(0);
        let name = format!("{}/{name}", self.folder);
        self.tar.append_data(&mut header, name, content).map_err(Failure::io("write", &self.path))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn an_archive_has_its_files_in_one_folder_and_the_same_bytes_each_time() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("built");
        fs::write(&program, "program").unwrap();
        let write = |name: &str| {
            let path = directory.path().join(name);
            let mut archive = Archive::create(&path, "example_1").unwrap();
            archive.add_program("programs/etcd", &program).unwrap();
            archive.add_bytes("LICENSE", b"text").unwrap();
            archive.finish().unwrap();
            fs::read(path).unwrap()
        };
        let bytes = write("one.tar.gz");
        assert_eq!(bytes, write("two.tar.gz"));
        let mut archive = tar::Archive::new(GzDecoder::new(bytes.as_slice()));
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            (entry.path().unwrap().display().to_string(), (entry.header().mode().unwrap(), content))
        });
        let expected = [
            ("example_1/programs/etcd".to_owned(), (0o755, "program".to_owned())),
            ("example_1/LICENSE".to_owned(), (0o644, "text".to_owned())),
        ];
        assert_eq!(entries.collect::<BTreeMap<_, _>>(), BTreeMap::from(expected));
    }
}
