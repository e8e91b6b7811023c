//! Web sites that have the release: a network mirror, a registry of containers, and the programs' own registries of providers.
//!
//! Local CKS serves them at names of hosts, with certificates of its CA. Each answers from the files of the package only.

use std::{fs, path::PathBuf, sync::Arc};

use axum::{
    Router,
    http::{Response, StatusCode, Uri},
    response::IntoResponse as _,
};
use serde_json::{Value, json};

use super::package::{Package, VERSION, platform, sha256};

/// What a path leads to: its media type and content.
type Found = Option<(String, Vec<u8>)>;

/// A network mirror: the mirror's files, as any web server has them.
pub(super) fn network_mirror(package: &Package) -> Router {
    let directory = package.providers();
    site(move |path| Some(("application/json".to_owned(), fs::read(directory.join(path)).ok()?)))
}

/// A registry of containers into which the image layout was copied, as any repository of it.
///
/// The protocol: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md>.
pub(super) fn container_registry(package: &Package) -> Router {
    let layout = package.mirror.join("oci");
    site(move |path| {
        let json = || "application/json".to_owned();
        let path = path.strip_prefix("v2/")?;
        if path.is_empty() {
            return Some((json(), b"{}".to_vec()));
        }
        let index: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).ok()?).ok()?;
        let tagged = &index["manifests"][0];
        let tag = tagged["annotations"]["org.opencontainers.image.ref.name"].as_str()?;
        let mut parts = path.rsplitn(3, '/');
        let (reference, kind, name) = (parts.next()?, parts.next()?, parts.next()?);
        if (kind, reference) == ("tags", "list") {
            return Some((json(), json!({ "name": name, "tags": [tag] }).to_string().into_bytes()));
        }
        let digest = if reference == tag { tagged["digest"].as_str()? } else { reference };
        let content = fs::read(layout.join("blobs/sha256").join(digest.strip_prefix("sha256:")?)).ok()?;
        let media_type = match kind {
            "manifests" => {
                let manifest: Value = serde_json::from_slice(&content).ok()?;
                manifest["mediaType"].as_str()?.to_owned()
            }
            "blobs" => "application/octet-stream".to_owned(),
            _ => return None,
        };
        Some((media_type, content))
    })
}

/// A registry of providers: the protocol of `registry.terraform.io` and `registry.opentofu.org`, at the host of this name.
///
/// The protocol: <https://developer.hashicorp.com/terraform/internals/provider-registry-protocol>.
pub(super) fn provider_registry(package: &'static Package, host: &str) -> Router {
    let host = host.to_owned();
    site(move |path| {
        let provider = "v1/providers/cks-community/cks/";
        let manifest: Value = serde_json::from_slice(&package.file("manifest.json")).ok()?;
        let protocols = &manifest["metadata"]["protocol_versions"];
        let platform = platform();
        let (os, architecture) = platform.split_once('_')?;
        let answer = if path == ".well-known/terraform.json" {
            json!({ "providers.v1": "/v1/providers/" })
        } else if path.strip_prefix(provider) == Some("versions") {
            let platforms = json!([{ "os": os, "arch": architecture }]);
            json!({ "versions": [{ "version": VERSION, "protocols": protocols, "platforms": platforms }] })
        } else if path.strip_prefix(provider) == Some(&format!("{VERSION}/download/{os}/{architecture}")) {
            let file = |end: &str| format!("https://{host}/files/terraform-provider-cks_{VERSION}_{end}");
            let key = json!({ "key_id": package.key.id, "ascii_armor": package.key.armoured });
            json!({
                "protocols": protocols,
                "os": os,
                "arch": architecture,
                "filename": format!("terraform-provider-cks_{VERSION}_{platform}.zip"),
                "download_url": file(&format!("{platform}.zip")),
                "shasums_url": file("SHA256SUMS"),
                "shasums_signature_url": file("SHA256SUMS.sig"),
                "shasum": sha256(&package.archive()),
                "signing_keys": { "gpg_public_keys": [key] },
            })
        } else {
            let file = package.release.join(path.strip_prefix("files/")?);
            return Some(("application/octet-stream".to_owned(), fs::read(file).ok()?));
        };
        Some(("application/json".to_owned(), answer.to_string().into_bytes()))
    })
}

/// A site that answers 404 to what it does not have.
fn site(find: impl Fn(&str) -> Found + Send + Sync + 'static) -> Router {
    let find = Arc::new(find);
    Router::new().fallback(move |uri: Uri| {
        let found = find(uri.path().trim_start_matches('/'));
        async move {
            let Some((media_type, content)) = found else { return StatusCode::NOT_FOUND.into_response() };
            Response::builder()
                .header("content-type", media_type)
                .header("docker-content-digest", format!("sha256:{}", sha256(&content)))
                .body(content.into())
                .expect("headers are valid")
        }
    })
}

/// Path of the provider's directory in a mirror of this registry.
pub(super) fn directory(package: &Package, registry: &str) -> PathBuf {
    package.providers().join(registry).join("cks-community/cks")
}
