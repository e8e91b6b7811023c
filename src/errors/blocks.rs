//! The nouns and verbs for each block of a cluster (OIDC, the two webhooks), and messages for errors about one.

use coreweave::{BlockKind, Ca, Field, Leaf, LeafDifference, OidcLeaf, Phase, WebhookLeaf};
use go_formats::{Certificate, certificate, read_bundle};
use tfplugin::{Error, Schema};

/// The words for a block.
pub(crate) struct Words {
    /// One of it, with its article.
    pub(crate) thing: &'static str,
    /// The block as a whole.
    pub(crate) configuration: &'static str,
    /// The attribute of `coreweave_cks_cluster` that is the same block.
    pub(crate) attribute: &'static str,
}

/// The words for a block of this kind.
pub(crate) fn words(kind: BlockKind) -> Words {
    match kind {
        BlockKind::Oidc => {
            Words { thing: "an OIDC issuer", configuration: "OIDC configuration", attribute: "oidc" }
        }
        BlockKind::AuthnWebhook => Words {
            thing: "an authentication webhook",
            configuration: "authentication webhook",
            attribute: "authn_webhook",
        },
        BlockKind::AuthzWebhook => Words {
            thing: "an authorization webhook",
            configuration: "authorization webhook",
            attribute: "authz_webhook",
        },
    }
}

/// The attribute of a leaf. The resources map each leaf to a field of their own, and a test compares the two.
pub(crate) fn attribute_of(leaf: Leaf) -> &'static str {
    match leaf {
        Leaf::Oidc(leaf) => match leaf {
            OidcLeaf::IssuerUrl => "issuer_url",
            OidcLeaf::ClientId => "client_id",
            OidcLeaf::UsernameClaim => "username_claim",
            OidcLeaf::UsernamePrefix => "username_prefix",
            OidcLeaf::GroupsClaim => "groups_claim",
            OidcLeaf::GroupsPrefix => "groups_prefix",
            OidcLeaf::Ca => "ca_certificate",
            OidcLeaf::RequiredClaim => "required_claim",
            OidcLeaf::SigningAlgorithms => "signing_algorithms",
            OidcLeaf::AdminGroupBinding => "admin_group_binding",
        },
        Leaf::AuthnWebhook(leaf) | Leaf::AuthzWebhook(leaf) => match leaf {
            WebhookLeaf::Server => "server",
            WebhookLeaf::Ca => "ca_certificate",
        },
    }
}

/// The attribute of a field of a PATCH, if it has one.
pub(super) fn attribute_of_field(field: Field) -> Option<&'static str> {
    match field {
        Field::Leaf(leaf) => Some(attribute_of(leaf)),
        Field::Id => Some("cluster_id"),
        Field::Block(_) | Field::Version | Field::UpdateMask | Field::Network | Field::Public => None,
    }
}

/// What to do if `coreweave_cks_cluster` manages the same block.
pub(crate) fn remedy(attribute: &str) -> String {
    format!(
        "If a `coreweave_cks_cluster` manages the same cluster, leave `{attribute}` out of its configuration and add \
         lifecycle {{ ignore_changes = [{attribute}] }} to it, or the two resources overwrite each other."
    )
}

/// A block that was changed between plan and write, or after the write.
pub(super) fn changed_meanwhile(phase: Phase, block: BlockKind, differences: &[LeafDifference]) -> Error {
    let attribute = words(block).attribute;
    let before = if phase == Phase::BeforeWrite { "the state" } else { "the plan" };
    let certificates = certificates_of(differences, before, "the cluster");
    let differences = listed_differences(differences);
    match phase {
        Phase::BeforeWrite => Error::new(
            "Changed by another client since the plan",
            format!(
                "The cluster's `{attribute}` is no longer as it was during plan, so nothing was written. Another client changed: \
                 {differences}.{certificates} Create a new plan, which shows both changes, and apply it."
            ),
        ),
        Phase::AfterWrite => Error::new(
            "Changed by another client during the apply",
            format!(
                "The cluster's `{attribute}` was written, and then another client changed: {differences}.{certificates} Stop the other \
                 tool, and apply again. {}",
                remedy(attribute)
            ),
        ),
    }
}

/// The attributes that differ, by name: only Terraform knows which values are sensitive, and shows the others itself.
pub(crate) fn listed_differences(differences: &[LeafDifference]) -> String {
    differences.iter().map(|difference| attribute_of(difference.leaf)).collect::<Vec<_>>().join(", ")
}

/// How certificates differ, as a sentence with a space before it; empty if they do not. A certificate of a CA is public, and its text shows
/// a reader nothing. `expected` and `found`: where the two values are.
pub(crate) fn certificates_of(differences: &[LeafDifference], expected: &str, found: &str) -> String {
    let mut values = differences.iter().filter_map(|difference| difference.certificates.as_ref());
    let Some(values) = values.next() else { return String::new() };
    let [of_expected, of_found] = [&values.expected, &values.found].map(certificates_in);
    let side = |place: &str, value: &Ca, own: &[Certificate], others: &[Certificate]| {
        let only = certificate::listed(own.iter().filter(|one| !others.contains(one)));
        match only.as_str() {
            _ if value.is_empty() => Some(format!("{place} has none")),
            _ if own.is_empty() => Some(format!("{place} has none that can be read")),
            "" => None,
            only => Some(format!("only {place} has {only}")),
        }
    };
    let sides = [
        side(expected, &values.expected, &of_expected, &of_found),
        side(found, &values.found, &of_found, &of_expected),
    ];
    let sides: Vec<_> = sides.into_iter().flatten().collect();
    if sides.is_empty() {
        return " In ca_certificate, only text around the certificates, or their order, differs.".to_owned();
    }
    format!(" Of the certificates in ca_certificate, {}.", sides.join(", and "))
}

/// Those that can be read.
fn certificates_in(ca: &Ca) -> Vec<Certificate> {
    ca.to_pem().map(|pem| read_bundle(pem.as_bytes()).certificates).unwrap_or_default()
}

/// The import block to paste.
pub(crate) fn import_block<R: Schema>(id: &str) -> String {
    format!("import {{\n  to = {}.NAME\n  id = \"{id}\"\n}}", R::NAME)
}
