//! Keys, certificates and kubeconfigs of one cluster's control plane.
//!
//! Rule: a cluster CA of its own for the components; a second CA for the front proxy, or every client of the cluster CA could act as
//! one; a key for ServiceAccount tokens.

use std::path::{Path, PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{Certificate, Client};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::{KubernetesError, Upstream, admin::Admin};
use crate::{
    issuer::service_account_issuer,
    pki::{Authority, Identity, signing_key},
};

/// Common name of the front proxy's certificate.
pub(crate) const FRONT_PROXY: &str = "managed-endpoint";

/// Paths of the files, and the identities that this program uses.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) directory: PathBuf,
    /// The objects are under this prefix in etcd.
    pub(crate) etcd_prefix: String,
    pub(crate) issuer: String,
    ca: String,
    admin: Identity,
    front_proxy: Identity,
}

impl Files {
    /// Creates all keys and certificates.
    pub(crate) fn write(directory: &Path, name: &str, cluster_id: &str) -> Result<Self, KubernetesError> {
        std::fs::create_dir_all(directory).map_err(|source| write_error(directory, source))?;
        let cluster = Authority::new("cluster")?;
        let front = Authority::new("front-proxy")?;
        let serving =
            cluster.server(&["kubernetes", "kubernetes.default", "kubernetes.default.svc", "10.96.0.1"])?;
        let (signing_key, verifying_key) = signing_key()?;
        let files = Self {
            directory: directory.to_owned(),
            etcd_prefix: format!("/{name}"),
            issuer: service_account_issuer(cluster_id),
            ca: cluster.pem().to_owned(),
            admin: cluster.client("local-cks-admin", &["system:masters"])?,
            front_proxy: front.client(FRONT_PROXY, &[])?,
        };
        for (name, content) in [
            ("ca.pem", cluster.pem()),
            ("front-proxy-ca.pem", front.pem()),
            ("serving.pem", &serving.certificate),
            ("serving.key", serving.key.expose_secret()),
            ("service-account.key", signing_key.expose_secret()),
            ("service-account.pub", &verifying_key),
        ] {
            files.put(name, content)?;
        }
        Ok(files)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub(crate) fn put(&self, name: &str, content: &str) -> Result<PathBuf, KubernetesError> {
        let path = self.path(name);
        std::fs::write(&path, content).map_err(|source| write_error(&path, source))?;
        Ok(path)
    }

    /// New clients for the kube-apiserver at this URL, without connections of an earlier one.
    pub(crate) fn upstream(&self, url: &str) -> Result<Upstream, KubernetesError> {
        Ok(Upstream {
            url: url.to_owned(),
            front_proxy: self.client(Some(&self.front_proxy))?,
            plain: self.client(None)?,
            admin: Admin::new(url, self.client(Some(&self.admin))?),
        })
    }

    /// JSON, which is YAML too.
    pub(crate) fn admin_kubeconfig(&self, url: &str) -> String {
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "cluster", "cluster": {
                "server": url, "certificate-authority-data": STANDARD.encode(&self.ca),
            }}],
            "users": [{"name": "admin", "user": {
                "client-certificate-data": STANDARD.encode(&self.admin.certificate),
                "client-key-data": STANDARD.encode(self.admin.key.expose_secret()),
            }}],
            "contexts": [{"name": "admin", "context": {"cluster": "cluster", "user": "admin"}}],
            "current-context": "admin",
        })
        .to_string()
    }

    fn client(&self, identity: Option<&Identity>) -> Result<Client, KubernetesError> {
        let root = Certificate::from_pem(self.ca.as_bytes()).map_err(KubernetesError::Client)?;
        let mut builder =
            Client::builder().tls_certs_only([root]).no_proxy().redirect(reqwest::redirect::Policy::none());
        if let Some(identity) = identity {
            let pem = identity.combined_pem();
            let identity = reqwest::Identity::from_pem(pem.expose_secret().as_bytes());
            builder = builder.identity(identity.map_err(KubernetesError::Client)?);
        }
        builder.build().map_err(KubernetesError::Client)
    }
}

fn write_error(path: &Path, source: std::io::Error) -> KubernetesError {
    KubernetesError::Write { path: path.display().to_string(), source }
}
