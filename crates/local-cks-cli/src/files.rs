//! Files for users in the directory of the run: certificates, a kubeconfig, and programs for `PATH`.

use std::{
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use local_cks::{Role, link_programs};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::{
    certificates, environment, environment::Variables, failure::Failure, private_file, programs,
    running::Running,
};

/// Loopback is reached directly.
const NO_PROXY: &str = "localhost,127.0.0.1,::1";

/// Writes the files, and returns the variables of the environment file.
pub(crate) fn write(running: &Running, control: &Path) -> Result<Variables, Failure> {
    let directory = running.directory.directory();
    let (roots, _) = certificates::bundle(&[running.local.ca_pem(), running.issuer.ca_pem()]);
    let bundle = put(directory, "ca-bundle.pem", &roots)?;
    let kubeconfig = put(directory, "kubeconfig", kubeconfig(running).expose_secret())?;
    let bin = directory.join("bin");
    put_programs(&bin, control)?;

    let (proxy, admin) = (running.local.proxy_url(), running.local.token(Role::Admin));
    let viewer = running.local.token(Role::Viewer);
    let shown = |path: &Path| path.display().to_string();
    let mut variables: Variables = [
        ("HTTPS_PROXY", proxy.clone()),
        // curl and others prefer these names; a value that the shell has would win.
        ("https_proxy", proxy),
        ("NO_PROXY", NO_PROXY.to_owned()),
        ("no_proxy", NO_PROXY.to_owned()),
        ("SSL_CERT_FILE", shown(&bundle)),
        // curl prefers a shell's SSL_CERT_DIR to the former.
        ("CURL_CA_BUNDLE", shown(&bundle)),
        ("COREWEAVE_API_TOKEN", admin.expose_secret().to_owned()),
        ("LOCAL_CKS_VIEWER_TOKEN", viewer.expose_secret().to_owned()),
        ("LOCAL_CKS_API_URL", running.local.api_url()),
        ("LOCAL_CKS_ISSUER_URL", running.issuer.issuer_url().to_owned()),
        ("LOCAL_CKS_ISSUER_CA_FILE", shown(running.issuer.ca_file())),
        ("LOCAL_CKS_KUBECONFIG", shown(&kubeconfig)),
        ("LOCAL_CKS_BIN", shown(&bin)),
        (environment::CONTROL, shown(control)),
        (environment::PROCESS, std::process::id().to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    for (name, cluster) in running.clusters() {
        let variable = environment::of_cluster("LOCAL_CKS_CLUSTER_ID", &name);
        variables.push((variable, cluster.id().to_owned()));
    }
    Ok(variables)
}

/// A kubeconfig with a context for each cluster, by its managed endpoint with the token of a CKS Admin.
fn kubeconfig(running: &Running) -> SecretString {
    let clusters = running.clusters();
    let names: Vec<_> = clusters.iter().map(|(name, _)| name).collect();
    let (proxy, ca) = (running.local.proxy_url(), STANDARD.encode(running.local.ca_pem()));
    let token = running.local.token(Role::Admin);
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": clusters.iter().map(|(name, cluster)| json!({"name": name, "cluster": {
            "server": format!("https://{}", cluster.managed_host()), "certificate-authority-data": ca, "proxy-url": proxy,
        }})).collect::<Vec<_>>(),
        "users": [{"name": "admin", "user": {"token": token.expose_secret()}}],
        "contexts": names.iter().map(|name| json!({"name": name, "context": {"cluster": name, "user": "admin"}}))
            .collect::<Vec<_>>(),
        "current-context": names.first(),
    })
    .to_string()
    .into()
}

/// This program, kubectl, kubelogin, and a browser that logs `LOCAL_CKS_USER` in.
fn put_programs(bin: &Path, control: &Path) -> Result<(), Failure> {
    let own = std::env::current_exe().map_err(Failure::system("find the path of this program"))?;
    let [kubectl, kubelogin] = programs::find_for_users();
    let link = bin.join("local-cks");
    let browser =
        format!("{}='{}' exec '{}' open \"$1\"", environment::CONTROL, control.display(), link.display());
    let linked = link_programs(bin, kubectl.as_deref(), kubelogin.as_deref(), Some(&browser));
    linked.and_then(|()| symlink(own, link)).map_err(Failure::file("fill the directory", bin))
}

fn put(directory: &Path, name: &str, text: &str) -> Result<PathBuf, Failure> {
    let path = directory.join(name);
    private_file::write(&path, text)?;
    Ok(path)
}
