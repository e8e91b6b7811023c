//! Messages of the lifecycle of blocks, with the nouns and verbs of each block.

use coreweave::ClusterMember;
use tfplugin::{Diagnostic, Error, Schema};

use crate::errors::{
    blocks::{certificates_of, listed_differences, remedy, words},
    capitalised, import_block, other_owner,
};

/// The block in a sentence, such as `the authentication webhook`.
pub(super) fn thing<B: ClusterMember>() -> String {
    format!("the {}", words(B::KIND).configuration)
}

/// A create of a block that the cluster already has, with other content.
pub(super) fn already_exists<R: Schema, B: ClusterMember>(
    cluster_id: &str,
    existing: &B,
    wanted: &B,
) -> Error {
    let words = words(B::KIND);
    Error::new(
        format!("Cluster already has {}", words.thing),
        format!(
            "Cluster {cluster_id} has another {}, which differs from the plan in {}.{} {}",
            words.configuration,
            differences(existing, wanted),
            certificates(existing, wanted, "the plan"),
            choice::<R>(cluster_id)
        ),
    )
    .at("cluster_id")
}

/// A create of a block that another resource of this run was to clear. The next run clears it, also if it were adopted now.
pub(super) fn still_to_be_cleared<R: Schema, B: ClusterMember>(cluster_id: &str) -> Error {
    let (resource, thing) = (R::NAME, words(B::KIND).thing);
    Error::new(
        format!("Cluster still has {thing}"),
        format!(
            "Cluster {cluster_id} still has {thing}: this run was to clear it for another {resource}, and did not. It was not adopted, \
             since the next apply clears it. Correct the error of the other resource, and apply again. If the resource was renamed, add \
             a `moved` block; nothing is then cleared:\n\nmoved {{\n  from = {resource}.OLD_NAME\n  to   = {resource}.NEW_NAME\n}}"
        ),
    )
    .at("cluster_id")
}

/// A plan whose apply will fail because of an existing block.
pub(super) fn existing_at_plan<R: Schema, B: ClusterMember>(
    cluster_id: &str,
    existing: &B,
    wanted: &B,
) -> Diagnostic {
    let words = words(B::KIND);
    Diagnostic::warning(
        format!("Cluster already has {}", words.thing),
        format!(
            "Cluster {cluster_id} has another {}, which differs from the plan in {}: the apply fails unless that is cleared before.{} {}",
            words.configuration,
            differences(existing, wanted),
            certificates(existing, wanted, "the plan"),
            choice::<R>(cluster_id)
        ),
    )
    .at("cluster_id")
}

/// What to do about a block that the cluster already has.
fn choice<R: Schema>(cluster_id: &str) -> String {
    format!(
        "To manage the existing one, import it:\n\n{}\n\nTo overwrite it, set on_existing = \"adopt\".",
        import_block::<R>(cluster_id)
    )
}

/// A plan that adopts a block and overwrites it.
pub(super) fn will_be_overwritten<B: ClusterMember>(
    cluster_id: &str,
    existing: &B,
    wanted: &B,
) -> Diagnostic {
    let words = words(B::KIND);
    Diagnostic::warning(
        format!("Existing {} will be overwritten", words.configuration),
        format!(
            "Cluster {cluster_id} already has {}, and on_existing = \"adopt\": the apply overwrites {}.{} {}",
            words.thing,
            differences(existing, wanted),
            certificates(existing, wanted, "the plan"),
            remedy(words.attribute)
        ),
    )
    .at("cluster_id")
}

fn differences<B: ClusterMember>(existing: &B, wanted: &B) -> String {
    listed_differences(&coreweave::differing_leaves(Some(existing), Some(wanted)))
}

/// How the certificates differ, as a sentence after the one that names the attributes. `other`: where the second value is.
fn certificates<B: ClusterMember>(existing: &B, wanted: &B, other: &str) -> String {
    certificates_of(&coreweave::differing_leaves(Some(existing), Some(wanted)), "the cluster", other)
}

/// A refresh that finds a block changed or gone.
pub(super) fn changed_outside<B: ClusterMember>(
    cluster_id: &str,
    known: &B,
    found: Option<&B>,
) -> Diagnostic {
    let words = words(B::KIND);
    let what = match found {
        None => "it is gone.".to_owned(),
        Some(found) => {
            let certificates = certificates(found, known, "the state");
            format!("another client changed {}.{certificates}", differences(found, known))
        }
    };
    Diagnostic::warning(
        format!("{} changed outside of this resource", capitalised(words.configuration)),
        format!(
            "The {} of cluster {cluster_id} is not as last applied: {what} {}",
            words.configuration,
            remedy(words.attribute)
        ),
    )
    .at("cluster_id")
}

/// A create of a block that the cluster already has, with the same content.
pub(super) fn taken_over<R: Schema>(cluster_id: &str) -> Diagnostic {
    Diagnostic::warning(
        "Existing configuration adopted",
        format!(
            "Cluster {cluster_id} already had this configuration, so nothing was written. From now on {} manages it, and clears it on \
             destroy. {}",
            R::NAME,
            other_owner("clears")
        ),
    )
    .at("cluster_id")
}

/// A destroy of what the same run wrote for another resource.
pub(super) fn claimed_by_this_run<R: Schema>(cluster_id: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("{} of cluster {cluster_id} was kept", R::NAME),
        format!(
            "Another {} of this run created, adopted or changed this configuration of cluster {cluster_id}, so destroying this one does \
             not clear it.",
            R::NAME
        ),
    )
}

/// An import of a block that the cluster does not have.
pub(super) fn nothing_to_import<R: Schema, B: ClusterMember>(cluster_id: &str) -> Error {
    Error::new(
        "Nothing to import",
        format!(
            "Cluster {cluster_id} does not have {}. Correct the id, or remove the import; the apply then creates the {}.",
            words(B::KIND).thing,
            R::NAME
        ),
    )
}

#[cfg(test)]
mod tests {
    use coreweave::{AuthnWebhook, AuthzWebhook, Ca, Oidc, Phase};
    use expect_test::{Expect, expect};

    use super::*;
    use crate::{
        errors::{ClientError as _, testing::check_messages},
        resources::{
            cluster_authn_webhook::ClusterAuthnWebhook, cluster_authz_webhook::ClusterAuthzWebhook,
            cluster_oidc::ClusterOidc,
        },
    };

    const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";

    #[test]
    fn another_issuer_is_shown_with_the_import_block() {
        let issuer = |url: &str, claim: &str| Oidc {
            issuer_url: url.to_owned(),
            username_claim: claim.to_owned(),
            ..Oidc::default()
        };
        let (wanted, found) = (issuer("https://a.example.com", ""), issuer("https://b.example.com", "email"));
        check_messages(
            already_exists::<ClusterOidc, Oidc>(ID, &found, &wanted),
            &expect![[r#"
                Cluster already has an OIDC issuer @ cluster_id
                Cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 has another OIDC configuration, which differs from the plan in issuer_url, username_claim. To manage the existing one, import it:

                import {
                  to = cks_cluster_oidc.NAME
                  id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
                }

                To overwrite it, set on_existing = "adopt".
            "#]],
        );
    }

    #[test]
    fn what_is_taken_over_may_have_another_owner_that_this_process_does_not_see() {
        let error = Error::all([Diagnostic::error("", ""), taken_over::<ClusterOidc>(ID)]).expect("an error");
        check_messages(
            error,
            &expect![[r#"
             @ 

            Existing configuration adopted @ cluster_id
            Cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 already had this configuration, so nothing was written. From now on cks_cluster_oidc manages it, and clears it on destroy. If a resource at another address, of another provider alias or in another state still manages it, whichever of them is destroyed, also by this apply, clears it for both. Keep one of them, and remove the other one from its state without destroying it: `terraform state rm`, or a `removed` block with `destroy = false`.
        "#]],
        );
    }

    #[test]
    fn a_webhooks_messages_name_that_webhook() {
        fn check_all<R: Schema, B: ClusterMember>(webhook: fn(&str) -> B, expected: &Expect) {
            let (wanted, found) = (webhook("https://a.example.com"), webhook("https://b.example.com"));
            let after_write = coreweave::Error::ChangedMeanwhile {
                phase: Phase::AfterWrite,
                block: B::KIND,
                differences: coreweave::differing_leaves(Some(&wanted), Some(&found)),
            };
            let messages = [
                existing_at_plan::<R, B>(ID, &found, &wanted),
                will_be_overwritten(ID, &found, &wanted),
                changed_outside(ID, &wanted, Some(&found)),
                changed_outside(ID, &wanted, None),
            ];
            let errors = [
                after_write.into_diagnostics(),
                already_exists::<R, B>(ID, &found, &wanted),
                nothing_to_import::<R, B>(ID),
            ];
            let messages = messages.into_iter().chain(errors.into_iter().flat_map(Error::into_messages));
            check_messages(Error::all(messages).expect("some"), expected);
        }
        check_all::<ClusterAuthnWebhook, _>(
            |server| AuthnWebhook::new(server, Ca::default()),
            &expect![[r#"
                Cluster already has an authentication webhook @ cluster_id
                Cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 has another authentication webhook, which differs from the plan in server: the apply fails unless that is cleared before. To manage the existing one, import it:

                import {
                  to = cks_cluster_authn_webhook.NAME
                  id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
                }

                To overwrite it, set on_existing = "adopt".
                Existing authentication webhook will be overwritten @ cluster_id
                Cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 already has an authentication webhook, and on_existing = "adopt": the apply overwrites server. If a `coreweave_cks_cluster` manages the same cluster, leave `authn_webhook` out of its configuration and add lifecycle { ignore_changes = [authn_webhook] } to it, or the two resources overwrite each other.
                Authentication webhook changed outside of this resource @ cluster_id
                The authentication webhook of cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 is not as last applied: another client changed server. If a `coreweave_cks_cluster` manages the same cluster, leave `authn_webhook` out of its configuration and add lifecycle { ignore_changes = [authn_webhook] } to it, or the two resources overwrite each other.
                Authentication webhook changed outside of this resource @ cluster_id
                The authentication webhook of cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 is not as last applied: it is gone. If a `coreweave_cks_cluster` manages the same cluster, leave `authn_webhook` out of its configuration and add lifecycle { ignore_changes = [authn_webhook] } to it, or the two resources overwrite each other.
                Changed by another client during the apply @ 
                The cluster's `authn_webhook` was written, and then another client changed: server. Stop the other tool, and apply again. If a `coreweave_cks_cluster` manages the same cluster, leave `authn_webhook` out of its configuration and add lifecycle { ignore_changes = [authn_webhook] } to it, or the two resources overwrite each other.
                Cluster already has an authentication webhook @ cluster_id
                Cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 has another authentication webhook, which differs from the plan in server. To manage the existing one, import it:

                import {
                  to = cks_cluster_authn_webhook.NAME
                  id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
                }

                To overwrite it, set on_existing = "adopt".
                Nothing to import @ 
                Cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 does not have an authentication webhook. Correct the id, or remove the import; the apply then creates the cks_cluster_authn_webhook.
            "#]],
        );
        check_all::<ClusterAuthzWebhook, _>(
            |server| AuthzWebhook::new(server, Ca::default()),
            &expect![[r#"
                Cluster already has an authorization webhook @ cluster_id
                Cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 has another authorization webhook, which differs from the plan in server: the apply fails unless that is cleared before. To manage the existing one, import it:

                import {
                  to = cks_cluster_authz_webhook.NAME
                  id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
                }

                To overwrite it, set on_existing = "adopt".
                Existing authorization webhook will be overwritten @ cluster_id
                Cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 already has an authorization webhook, and on_existing = "adopt": the apply overwrites server. If a `coreweave_cks_cluster` manages the same cluster, leave `authz_webhook` out of its configuration and add lifecycle { ignore_changes = [authz_webhook] } to it, or the two resources overwrite each other.
                Authorization webhook changed outside of this resource @ cluster_id
                The authorization webhook of cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 is not as last applied: another client changed server. If a `coreweave_cks_cluster` manages the same cluster, leave `authz_webhook` out of its configuration and add lifecycle { ignore_changes = [authz_webhook] } to it, or the two resources overwrite each other.
                Authorization webhook changed outside of this resource @ cluster_id
                The authorization webhook of cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 is not as last applied: it is gone. If a `coreweave_cks_cluster` manages the same cluster, leave `authz_webhook` out of its configuration and add lifecycle { ignore_changes = [authz_webhook] } to it, or the two resources overwrite each other.
                Changed by another client during the apply @ 
                The cluster's `authz_webhook` was written, and then another client changed: server. Stop the other tool, and apply again. If a `coreweave_cks_cluster` manages the same cluster, leave `authz_webhook` out of its configuration and add lifecycle { ignore_changes = [authz_webhook] } to it, or the two resources overwrite each other.
                Cluster already has an authorization webhook @ cluster_id
                Cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 has another authorization webhook, which differs from the plan in server. To manage the existing one, import it:

                import {
                  to = cks_cluster_authz_webhook.NAME
                  id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
                }

                To overwrite it, set on_existing = "adopt".
                Nothing to import @ 
                Cluster 81540112-93fc-4d39-af10-fe6c2f4b8824 does not have an authorization webhook. Correct the id, or remove the import; the apply then creates the cks_cluster_authz_webhook.
            "#]],
        );
    }

    #[test]
    fn certificates_are_described_and_never_shown() {
        let made = |name: &str| local_cks::Authority::new(name).expect("a certificate").pem().to_owned();
        let (one, two, other) = (made("one"), made("two"), made("other"));
        let webhook = |pem: &str| AuthnWebhook::new("https://a.example.com", Ca::from_pem(pem));
        let all = |found: &AuthnWebhook, wanted: &AuthnWebhook| {
            let changed = |phase| coreweave::Error::ChangedMeanwhile {
                phase,
                block: coreweave::BlockKind::AuthnWebhook,
                differences: coreweave::differing_leaves(Some(wanted), Some(found)),
            };
            let messages = [
                existing_at_plan::<ClusterAuthnWebhook, _>(ID, found, wanted),
                will_be_overwritten(ID, found, wanted),
                changed_outside(ID, wanted, Some(found)),
            ];
            let errors = [
                already_exists::<ClusterAuthnWebhook, _>(ID, found, wanted),
                changed(Phase::BeforeWrite).into_diagnostics(),
                changed(Phase::AfterWrite).into_diagnostics(),
            ];
            messages
                .into_iter()
                .chain(errors.into_iter().flat_map(Error::into_messages))
                .map(|one| one.detail)
        };
        // The certificate that both have is not mentioned.
        let (found, wanted) = (webhook(&format!("{one}{two}")), webhook(&format!("{two}{other}")));
        for text in all(&found, &wanted) {
            assert!(text.contains("CN=one (expires ") && text.contains("CN=other (expires "), "{text}");
            assert!(text.contains("only the cluster has CN=one") && !text.contains("CN=two"), "{text}");
            assert_eq!(text.matches("SHA-256 ").count(), 2, "{text}");
            let shown = |line: &str| line.len() > 20 && text.contains(line);
            assert!(![&one, &two, &other].into_iter().flat_map(|pem| pem.lines()).any(shown), "{text}");
            assert!(!text.contains(&found.ca.as_base64()[..40]), "{text}");
        }
        for (found, expected) in [
            (webhook(""), "the cluster has none, and only "),
            (
                AuthnWebhook::new("https://a.example.com", Ca::from_base64("@@@ not base64")),
                "the cluster has none that can be read",
            ),
            (webhook(&format!("{other}{two}")), "only text around the certificates, or their order, differs"),
        ] {
            for text in all(&found, &wanted) {
                assert!(
                    text.contains(expected) || text.contains("and the cluster has none"),
                    "{expected}: {text}"
                );
                assert!(!text.contains("@@@"), "{text}");
            }
        }
    }
}
