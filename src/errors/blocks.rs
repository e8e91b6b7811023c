//! Messages about one block of a cluster (OIDC, the two webhooks), in the words that fit it.

use coreweave::{BlockKind, ClusterMember, Difference, Field, Leaf, OidcLeaf, Phase, WebhookLeaf};
use tfplugin::{Diagnostic, Error, Schema};

use super::{capitalised, quoted};

/// What a block is called.
struct Words {
    /// A block that is there.
    thing: &'static str,
    /// What the block holds.
    configuration: &'static str,
    /// What a cluster does with the URL in the block's first leaf.
    verb: &'static str,
    /// The same without the URL.
    already: &'static str,
    /// The attribute of `coreweave_cks_cluster` that is the same block.
    attribute: &'static str,
}

fn words(kind: BlockKind) -> Words {
    match kind {
        BlockKind::Oidc => Words {
            thing: "an OIDC issuer",
            configuration: "OIDC configuration",
            verb: "trusts",
            already: "trusts an issuer",
            attribute: "oidc",
        },
        BlockKind::AuthnWebhook => Words {
            thing: "an authentication webhook",
            configuration: "authentication webhook",
            verb: "asks",
            already: "asks an authentication webhook",
            attribute: "authn_webhook",
        },
        BlockKind::AuthzWebhook => Words {
            thing: "an authorization webhook",
            configuration: "authorization webhook",
            verb: "asks",
            already: "asks an authorization webhook",
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

/// What to do when `coreweave_cks_cluster` manages the same block.
fn cure(attribute: &str) -> String {
    format!(
        "If the same cluster is a `coreweave_cks_cluster` in Terraform, leave `{attribute}` out of its configuration and add \
         lifecycle {{ ignore_changes = [{attribute}] }} to it, or the two will overwrite each other."
    )
}

/// A block that is not as the write expected it, or does not stay as it was written.
pub(super) fn changed_meanwhile(phase: Phase, block: BlockKind, differences: &[Difference]) -> Error {
    let attribute = words(block).attribute;
    let differences = listed_differences(differences);
    match phase {
        Phase::BeforeWrite => Error::new(
            "Changed by someone else since the plan",
            format!(
                "The cluster's `{attribute}` is no longer what this plan was made from, so nothing was written: {differences}. Make a new plan \
                 to see both changes, and apply that."
            ),
        ),
        Phase::AfterWrite => Error::new(
            "Changed by someone else during the apply",
            format!(
                "The cluster's `{attribute}` was written, and then changed to something else: {differences}. Is another tool managing it? {}",
                cure(attribute)
            ),
        ),
    }
}

/// Differences in words, with our names for the API's fields.
fn listed_differences(differences: &[Difference]) -> String {
    listed(differences, |name, expected, found| format!("{name} was {expected} and is {found}"))
}

fn listed(differences: &[Difference], say: impl Fn(&str, &str, &str) -> String) -> String {
    let shown: Vec<_> = differences
        .iter()
        .map(|difference| {
            let name = attribute_of(difference.leaf);
            say(name, &quoted(&difference.expected), &quoted(&difference.found))
        })
        .collect();
    shown.join("; ")
}

/// What a block that the cluster has already, and that is not as planned, means for a create.
pub(crate) fn already_exists<R: Schema, B: ClusterMember>(
    cluster_id: &str,
    existing: &B,
    wanted: &B,
) -> Error {
    let differences =
        listed(&coreweave::differing_leaves(Some(wanted), Some(existing)), |name, wanted, existing| {
            format!("{name} is {existing} and the plan wants {wanted}")
        });
    Error::new(
        format!("Cluster already has {}", words(B::KIND).thing),
        format!(
            "Cluster {cluster_id}: {differences}. To manage what is there, import it:\n\n{}\n\nor set on_existing = \"adopt\" to overwrite it.",
            import_block::<R>(cluster_id)
        ),
    )
    .at("cluster_id")
}

pub(super) fn import_block<R: Schema>(id: &str) -> String {
    format!("import {{\n  to = {}.NAME\n  id = \"{id}\"\n}}", R::NAME)
}

/// A plan whose apply will meet a block that is not as planned, and refuse.
pub(crate) fn exists_already<B: ClusterMember>(cluster_id: &str, existing: &B, wanted: &B) -> Diagnostic {
    let words = words(B::KIND);
    let url = existing.values().next().map(|url| url.to_string()).unwrap_or_default();
    Diagnostic::warning(
        format!("Cluster already has {}", words.thing),
        format!(
            "Cluster {cluster_id} {} {url:?} already: the apply will refuse unless that is gone by then. Import it, or set \
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
            "Cluster {cluster_id} {} already, and on_existing = \"adopt\": {}. {}",
            words.already,
            listed_replacements(existing, wanted),
            cure(words.attribute)
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
            "The {} of cluster {cluster_id} is not what was last applied: {what}. {}",
            words.configuration,
            cure(words.attribute)
        ),
    )
    .at("cluster_id")
}

/// A block that was there already, just as planned.
pub(crate) fn taken_over<R: Schema>(cluster_id: &str) -> Diagnostic {
    Diagnostic::warning(
        "Taken over as it was",
        format!(
            "Cluster {cluster_id} already had exactly this configuration, so nothing was written. {} manages it from now on and clears it on \
             destroy.",
            R::NAME
        ),
    )
    .at("cluster_id")
}

/// A destroy that would take away what the same run made.
pub(crate) fn claimed_by_this_run<R: Schema>(cluster_id: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("{} of cluster {cluster_id} was kept", R::NAME),
        format!(
            "Another {} of this run has made or adopted this configuration of cluster {cluster_id}, so destroying this one leaves it there.",
            R::NAME
        ),
    )
}

/// An import of what is not there.
pub(crate) fn nothing_to_import<R: Schema, B: ClusterMember>(cluster_id: &str) -> Error {
    Error::new(
        "Nothing to import",
        format!(
            "Cluster {cluster_id} does not have {}. Remove the import; the apply then makes the {}.",
            words(B::KIND).thing,
            R::NAME
        ),
    )
}
