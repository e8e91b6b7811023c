//! The OIDC login of one cluster: unset arguments default to the values of the cluster's own `oidc`.

use coreweave::{Cluster, Oidc};
use secrecy::ExposeSecret as _;
use tfplugin::{
    Diagnostic, Error,
    path::{AttributePath, Step},
};

use super::{inputs::OidcInput, kubelogin::Kubelogin, set};

/// The settings of kubelogin for this cluster.
pub(super) fn resolve(input: &OidcInput, cluster: &Cluster) -> Result<Kubelogin, Error> {
    let own = cluster.oidc.as_ref();
    let issuer_url = set(input.issuer_url.as_deref())
        .or_else(|| set(own.map(|oidc| oidc.issuer_url.as_str())))
        .ok_or_else(|| no_default("issuer_url", &cluster.id))?;
    let client_id = set(input.client_id.as_deref())
        .or_else(|| set(own.map(|oidc| oidc.client_id.as_str())))
        .ok_or_else(|| no_default("client_id", &cluster.id))?;
    let ca_pem = match (set(input.ca_certificate.as_deref()), own) {
        // Certificates of one issuer do not apply to another.
        (None, Some(oidc)) if oidc.issuer_url == issuer_url => own_ca(oidc)?,
        (given, _) => given,
    };
    let scopes = input.extra_scopes.clone().unwrap_or_else(|| {
        let own = own.and_then(|oidc| scope_of(&oidc.username_claim));
        own.into_iter().map(str::to_owned).collect()
    });
    let client_secret = input.client_secret.clone().filter(|secret| !secret.expose_secret().is_empty());
    Ok(Kubelogin {
        command: input.command.clone(),
        api_version: input.api_version.clone(),
        issuer_url,
        client_id,
        client_secret,
        scopes,
        ca_pem,
        grant_type: input.grant_type.clone(),
        pkce: input.pkce,
        extra_args: input.extra_args.clone().unwrap_or_default(),
    })
}

/// The standard scope of a claim (OpenID Connect Core 1.0, 5.4). `sub` needs none, and other claims have no standard scope.
fn scope_of(claim: &str) -> Option<&'static str> {
    match claim {
        "email" | "email_verified" => Some("email"),
        "name" | "family_name" | "given_name" | "middle_name" | "nickname" | "preferred_username"
        | "profile" | "website" => Some("profile"),
        "phone_number" => Some("phone"),
        _ => None,
    }
}

fn own_ca(oidc: &Oidc) -> Result<Option<String>, Error> {
    if oidc.ca.is_empty() {
        return Ok(None);
    }
    oidc.ca.to_pem().map(Some).ok_or_else(|| {
        let detail = "The certificates that the cluster trusts for its issuer are not PEM in base64. Set `ca_certificate` here, and correct \
             the cluster's `oidc`.";
        at("ca_certificate", Diagnostic::error("Issuer's certificates cannot be read", detail))
    })
}

fn no_default(attribute: &str, cluster_id: &str) -> Error {
    let detail = format!(
        "Cluster {cluster_id} has no OIDC issuer, so {attribute} has no default. If a cks_cluster_oidc of this configuration \
         sets it, write cluster_id = cks_cluster_oidc.NAME.id, so that Terraform applies it first. Otherwise set `issuer_url` and \
         `client_id` here."
    );
    at(attribute, Diagnostic::error("Cluster has no OIDC issuer", detail))
}

fn at(attribute: &str, message: Diagnostic) -> Error {
    message.at_path(AttributePath::attribute("oidc").then(Step::Attribute(attribute.to_owned()))).into()
}

#[cfg(test)]
mod tests;
