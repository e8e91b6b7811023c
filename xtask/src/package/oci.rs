//! The archives as an OCI image layout, which tools such as ORAS copy into a registry of containers: OpenTofu 1.10 and newer
//! installs providers from there (`oci_mirror`).
//!
//! The artifacts: <https://opentofu.org/docs/cli/oci_registries/provider-mirror/>. The layout:
//! <https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md>.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{archive::Archive, hashes};
use crate::{failure::Failure, platform::VERSION};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// Writes the layout, with the version as its one tag.
pub(super) fn write(archives: &[Archive], layout: &Path) -> Result<(), Failure> {
    let blobs = layout.join("blobs/sha256");
    fs::create_dir_all(&blobs).map_err(Failure::io("create", &blobs))?;
    let empty = blob(&blobs, EMPTY, b"{}")?;
    let mut manifests = Vec::new();
    for archive in archives {
        let bytes = fs::read(&archive.path).map_err(Failure::io("read", &archive.path))?;
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": "application/vnd.opentofu.provider-target",
            "config": &empty,
            "layers": [blob(&blobs, "archive/zip", &bytes)?],
        });
        let mut descriptor = document(&blobs, MANIFEST, &manifest)?;
        let platform = &archive.platform;
        descriptor["platform"] = json!({ "os": platform.os, "architecture": platform.architecture });
        manifests.push(descriptor);
    }
    let index = json!({
        "schemaVersion": 2,
        "mediaType": INDEX,
        "artifactType": "application/vnd.opentofu.provider",
        "manifests": manifests,
    });
    let mut tagged = document(&blobs, INDEX, &index)?;
    // A tag has no `+`.
    tagged["annotations"] = json!({ "org.opencontainers.image.ref.name": VERSION.replace('+', "_") });
    put(&layout.join("oci-layout"), json!({ "imageLayoutVersion": "1.0.0" }).to_string().as_bytes())?;
    let entry = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [tagged] });
    put(&layout.join("index.json"), entry.to_string().as_bytes())
}

/// Writes a manifest, whose type its descriptor repeats.
fn document(blobs: &Path, media_type: &str, content: &Value) -> Result<Value, Failure> {
    let mut descriptor = blob(blobs, media_type, content.to_string().as_bytes())?;
    descriptor["artifactType"] = content["artifactType"].clone();
    Ok(descriptor)
}

/// Writes content by its checksum, and returns its descriptor.
fn blob(blobs: &Path, media_type: &str, content: &[u8]) -> Result<Value, Failure> {
    let checksum = hashes::sha256(content);
    put(&blobs.join(&checksum), content)?;
    Ok(json!({ "mediaType": media_type, "digest": format!("sha256:{checksum}"), "size": content.len() }))
}

fn put(path: &Path, content: &[u8]) -> Result<(), Failure> {
    fs::write(path, content).map_err(Failure::io("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Platform;

    #[test]
    fn every_digest_of_a_layout_leads_to_its_content() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("built");
        fs::write(&program, "program").unwrap();
        let archive = Archive::of(&Platform::parse("linux_arm64").unwrap(), directory.path());
        archive.write(&program).unwrap();
        let layout = directory.path().join("oci");
        write(std::slice::from_ref(&archive), &layout).unwrap();

        let read = |descriptor: &Value| {
            let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
            let content = fs::read(layout.join("blobs/sha256").join(digest)).unwrap();
            assert_eq!(descriptor["size"], content.len());
            assert_eq!(hashes::sha256(&content), digest);
            content
        };
        let parsed = |descriptor: &Value| -> Value { serde_json::from_slice(&read(descriptor)).unwrap() };
        let top: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).unwrap()).unwrap();
        assert_eq!(top["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"], VERSION);
        let index = parsed(&top["manifests"][0]);
        assert_eq!(index["manifests"][0]["platform"], json!({ "os": "linux", "architecture": "arm64" }));
        let manifest = parsed(&index["manifests"][0]);
        assert_eq!(read(&manifest["layers"][0]), fs::read(&archive.path).unwrap());
        assert_eq!(read(&manifest["config"]), b"{}");
    }
}
