//! Messages about one block of a cluster (OIDC, the two webhooks), with the nouns and verbs of that block.

use coreweave::{BlockKind, ClusterMember, Difference, Field, Leaf, OidcLeaf, Phase, WebhookLeaf};
use tfplugin::{Diagnostic, Error, Schema};

use super::{capitalised, quoted};

/// The words for a block.
struct Words {
    /// One of it, with its article.
    thing: &'static str,
    /// The block as a whole.
    configuration: &'static str,
    /// What a cluster does with the URL in the block's first leaf.
    verb: &'static str,
    /// The attribute of `coreweave_cks_cluster` that is the same block.
    attribute: &'static str,
}

fn words(kind: BlockKind) -> Words {
    match kind {
        BlockKind::Oidc => Words {
            thing: "an OIDC issuer",
            configuration: "OIDC configuration",
            verb: "trusts",
            attribute: "oidc",
        },
        BlockKind::AuthnWebhook => Words {
            thing: "an authentication webhook",
            configuration: "authentication webhook",
            verb: "sends requests to",
            attribute: "authn_webhook",
        },
        BlockKind::AuthzWebhook => Words {
            thing: "an authorization webhook",
            configuration: "authorization webhook",
            verb: "sends requests to",
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
fn remedy(attribute: &str) -> String {
    format!(
        "If a `coreweave_cks_cluster` manages the same cluster, leave `{attribute}` out of its configuration and add \
         lifecycle {{ ignore_changes = [{attribute}] }} to it, or the two resources overwrite each other."
    )
}

/// A block that was changed between plan and write, or after the write.
pub(super) fn changed_meanwhile(phase: Phase, block: BlockKind, differences: &[Difference]) -> Error {
    let attribute = words(block).attribute;
    let differences = listed_differences(differences);
    match phase {
        Phase::BeforeWrite => Error::new(
            "Changed by someone else since the plan",
            format!(
                "The cluster's `{attribute}` is no longer as it was during plan, so nothing was written: {differences}. Create a new plan, \
                 which shows both changes, and apply it."
            ),
        ),
        Phase::AfterWrite => Error::new(
            "Changed by someone else during the apply",
            format!(
                "The cluster's `{attribute}` was written, and then changed by another client: {differences}. Stop the other tool, and apply \
                 again. {}",
                remedy(attribute)
            ),
        ),
    }
}

/// Differences in words, by attribute.
fn listed_differences(differences: &[Difference]) -> String {
    listed(differences, |name, expected, found| format!("{name} was {expected} and is {found}"))
}

fn listed(differences: &[Difference], describe: impl Fn(&str, &str, &str) -> String) -> String {
    let shown: Vec<_> = differences
        .iter()
        .map(|difference| {
            let name = attribute_of(difference.leaf);
            describe(name, &quoted(&difference.expected), &quoted(&difference.found))
        })
        .collect();
    shown.join("; ")
}

/// A create of a block that the cluster already has, with other content.
pub(crate) fn already_exists<R: Schema, B: ClusterMember>(
    cluster_id: &str,
    existing: &B,
    wanted: &B,
) -> Error {
    let words = words(B::KIND);
    let differences =
        listed(&coreweave::differing_leaves(Some(wanted), Some(existing)), |name, wanted, existing| {
            format!("{name} is {existing} and the plan has {wanted}")
        });
    Error::new(
        format!("Cluster already has {}", words.thing),
        format!(
            "Cluster {cluster_id} has another {}: {differences}. To manage the existing one, import it:\n\n{}\n\nTo overwrite it, set \
             on_existing = \"adopt\".",
            words.configuration,
            import_block::<R>(cluster_id)
        ),
    )
    .at("cluster_id")
}

pub(super) fn import_block<R: Schema>(id: &str) -> String {
    format!("import {{\n  to = {}.NAME\n  id = \"{id}\"\n}}", R::NAME)
}

/// A plan whose apply will fail because of an existing block.
pub(crate) fn exists_already<B: ClusterMember>(cluster_id: &str, existing: &B, wanted: &B) -> Diagnostic {
    let words = words(B::KIND);
    let url = existing.values().next().map(|url| url.to_string()).unwrap_or_default();
    Diagnostic::warning(
        format!("Cluster already has {}", words.thing),
        format!(
            "Cluster {cluster_id} already {} {url:?}: the apply fails unless that is cleared before. Import it, or set \
             on_existing = \"adopt\" to overwrite it: {}.",
            words.verb,
            listed_replacements(existing, wanted)
        ),
    )
    .at("cluster_id")
}

/// A plan that adopts a block and overwrites it.
pub(crate) fn will_be_overwritten<B: ClusterMember>(
    cluster_id: &str,
    existing: &B,
    wanted: &B,
) -> Diagnostic {
    let words = words(B::KIND);
    Diagnostic::warning(
        format!("Existing {} will be overwritten", words.configuration),
        format!(
            "Cluster {cluster_id} already has {}, and on_existing = \"adopt\": {}. {}",
            words.thing,
            listed_replacements(existing, wanted),
            remedy(words.attribute)
        ),
    )
    .at("cluster_id")
}

fn listed_replacements<B: ClusterMember>(existing: &B, wanted: &B) -> String {
    listed(&coreweave::differing_leaves(Some(existing), Some(wanted)), |name, existing, wanted| {
        format!("{name} is {existing} and becomes {wanted}")
    })
}

/// A refresh that finds a block changed or gone.
pub(crate) fn changed_outside<B: ClusterMember>(
    cluster_id: &str,
    known: &B,
    found: Option<&B>,
) -> Diagnostic {
    let words = words(B::KIND);
    let what = match found {
        None => "it is gone".to_owned(),
        Some(found) => listed_differences(&coreweave::differing_leaves(Some(known), Some(found))),
    };
    Diagnostic::warning(
        format!("{} changed outside of this resource", capitalised(words.configuration)),
        format!(
            "The {} of cluster {cluster_id} is not as last applied: {what}. {}",
            words.configuration,
            remedy(words.attribute)
        ),
    )
    .at("cluster_id")
}

/// A create of a block that the cluster already has, with the same content.
pub(crate) fn taken_over<R: Schema>(cluster_id: &str) -> Diagnostic {
    Diagnostic::warning(
        "Existing configuration adopted",
        format!(
            "Cluster {cluster_id} already had this configuration, so nothing was written. From now on {} manages it, and clears it on \
             destroy.",
            R::NAME
        ),
    )
    .at("cluster_id")
}

/// A destroy of what the same run wrote for another resource.
pub(crate) fn claimed_by_this_run<R: Schema>(cluster_id: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("{} of cluster {cluster_id} was kept", R::NAME),
        format!(
            "Another {} of this run created or adopted this configuration of cluster {cluster_id}, so destroying this one does not clear it.",
            R::NAME
        ),
    )
}

/// An import of a block that the cluster does not have.
pub(crate) fn nothing_to_import<R: Schema, B: ClusterMember>(cluster_id: &str) -> Error {
    Error::new(
        "Nothing to import",
        format!(
            "Cluster {cluster_id} does not have {}. Correct the id, or remove the import; the apply then creates the {}.",
            words(B::KIND).thing,
            R::NAME
        ),
    )
}
