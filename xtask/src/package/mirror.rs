//! A mirror of the archives for both programs: a filesystem mirror in its packed layout, which any web server turns into a
//! network mirror, since it has the two files of that protocol too.
//!
//! The protocol: <https://developer.hashicorp.com/terraform/internals/provider-network-mirror-protocol>.

use std::{fs, path::Path};

use serde_json::{Map, Value, json};

use super::{archive::Archive, hashes};
use crate::{
    failure::Failure,
    platform::{self, REGISTRIES, SOURCE, VERSION},
};

/// Writes the archives into the mirror. Other versions and platforms that it has are kept.
pub(super) fn write(archives: &[Archive], mirror: &Path) -> Result<(), Failure> {
    let mut entries = Vec::new();
    for archive in archives {
        let bytes = fs::read(&archive.path).map_err(Failure::io("read", &archive.path))?;
        let hashes = [hashes::of_files(&archive.files()?), hashes::of_archive(&bytes)];
        let entry = json!({ "url": archive.file_name(), "hashes": hashes });
        entries.push((archive.platform.to_string(), entry));
    }
    for registry in REGISTRIES {
        let directory = platform::directory_in_mirror(mirror, registry, SOURCE);
        fs::create_dir_all(&directory).map_err(Failure::io("create", &directory))?;
        for archive in archives {
            let to = directory.join(archive.file_name());
            fs::copy(&archive.path, &to).map_err(Failure::io("write", &to))?;
        }
        add(&directory.join(format!("{VERSION}.json")), "archives", entries.clone())?;
        add(&directory.join("index.json"), "versions", [(VERSION.to_owned(), json!({}))])?;
    }
    Ok(())
}

/// Adds entries to the one member of a JSON document, which need not exist yet.
fn add(path: &Path, member: &str, entries: impl IntoIterator<Item = (String, Value)>) -> Result<(), Failure> {
    let mut all = Map::new();
    if path.is_file() {
        let text = fs::read(path).map_err(Failure::io("read", path))?;
        let document: Value = serde_json::from_slice(&text)
            .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        all.extend(document[member].as_object().cloned().unwrap_or_default());
    }
    all.extend(entries);
    let text = format!("{:#}\n", json!({ member: all }));
    fs::write(path, text).map_err(Failure::io("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Platform;

    #[test]
    fn a_mirror_keeps_what_it_has_of_other_platforms_and_versions() {
        let directory = tempfile::tempdir().unwrap();
        let mirror = directory.path().join("mirror");
        let program = directory.path().join("built");
        fs::write(&program, "program").unwrap();
        let own = mirror.join("registry.opentofu.org/cks-community/cks");
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("index.json"), r#"{"versions":{"0.0.1":{}}}"#).unwrap();
        for platform in ["linux_amd64", "windows_amd64"] {
            let archive = Archive::of(&Platform::parse(platform).unwrap(), directory.path());
            archive.write(&program).unwrap();
            write(&[archive], &mirror).unwrap();
        }
        let read =
            |name: &str| -> Value { serde_json::from_slice(&fs::read(own.join(name)).unwrap()).unwrap() };
        assert_eq!(read("index.json"), json!({ "versions": { "0.0.1": {}, VERSION: {} } }));
        let archives = read(&format!("{VERSION}.json"));
        for platform in ["linux_amd64", "windows_amd64"] {
            let entry = &archives["archives"][platform];
            assert!(own.join(entry["url"].as_str().unwrap()).is_file(), "{archives}");
            assert_eq!(entry["hashes"].as_array().unwrap().len(), 2);
        }
    }
}
