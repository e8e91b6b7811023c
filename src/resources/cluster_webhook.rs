//! What the two webhooks of a cluster have in common: everything but their names, their words, and which block they are.

use tfplugin::Diagnostic;

/// A resource for one of the two webhooks: a struct of which only what differs is written, the description of `server` among it,
/// and the block that it is.
macro_rules! webhook_resource {
    (
        $(#[$about:meta])*
        pub(crate) struct $resource:ident: $block:ident {
            $(#[$about_server:meta])*
            server,
        }
    ) => {
        #[derive(Clone, Debug, ::tfplugin::Schema)]
        $(#[$about])*
        pub(crate) struct $resource {
            /// The cluster's id.
            #[schema(computed)]
            id: ::tfplugin::Value<String>,
            /// Id of the cluster that asks the webhook. A change makes a new resource.
            #[schema(required, replace, validate(crate::checks::cluster_id))]
            cluster_id: String,
            $(#[$about_server])*
            #[schema(required, validate(crate::checks::https_server))]
            server: String,
            /// Certificates (PEM) to trust for the webhook's own https. Default: the system's roots.
            #[schema(optional, validate(crate::checks::pem_certificates), same = crate::checks::same_pem)]
            ca_certificate: Option<String>,
            /// What to do when the cluster already asks such a webhook: `"fail"` (default) or `"adopt"`, which overwrites it.
            #[schema(optional, validate(crate::existing::OnExisting::validate))]
            on_existing: Option<String>,
            #[schema(block)]
            timeouts: Option<::tfplugin::Timeouts>,
        }

        $crate::resources::life::lives_as!($resource, cluster_block);

        impl $crate::resources::cluster_block::ClusterBlock for $resource {
            type Block = $crate::cks::$block;

            fn cluster_id(&self) -> &str {
                &self.cluster_id
            }

            fn on_existing(&self) -> Option<&str> {
                self.on_existing.as_deref()
            }

            fn empty(cluster_id: &str) -> Self {
                Self {
                    id: ::tfplugin::Value::Known(cluster_id.to_owned()),
                    cluster_id: cluster_id.to_owned(),
                    server: String::new(),
                    ca_certificate: None,
                    on_existing: None,
                    timeouts: None,
                }
            }

            fn wanted(&self) -> Self::Block {
                let ca = $crate::cks::Ca::from_pem(self.ca_certificate.as_deref().unwrap_or_default());
                $crate::cks::$block($crate::cks::Webhook { server: self.server.clone(), ca })
            }

            fn found(self, block: &Self::Block) -> Self {
                let $crate::cks::$block(webhook) = block;
                let ca = $crate::resources::cluster_block::pem_as_found(self.ca_certificate, &webhook.ca);
                Self { server: webhook.server.clone(), ca_certificate: ca, ..self }
            }

            fn completed_by(self, _: &$crate::cks::Cluster) -> Result<Self, ::tfplugin::Error> {
                Ok(Self { id: ::tfplugin::Value::Known(self.cluster_id.clone()), ..self })
            }

            fn planned_cluster_id(
                planned: &<Self as ::tfplugin::Schema>::Partial,
            ) -> &::tfplugin::Value<String> {
                &planned.cluster_id
            }

            fn keep_computed(planned: &mut <Self as ::tfplugin::Schema>::Partial, prior: &Self) {
                planned.id = prior.id.clone();
            }

            fn forewarn(
                planned: &mut <Self as ::tfplugin::Schema>::Partial,
            ) -> Vec<::tfplugin::Diagnostic> {
                let server = planned.server.as_known();
                server.and_then(|server| $crate::resources::cluster_webhook::query_unsent(server)).into_iter().collect()
            }
        }
    };
}
pub(super) use webhook_resource;

/// Kubernetes takes a webhook's URL as the base of an API of its own kind, of which it keeps host and path only.
pub(super) fn query_unsent(server: &str) -> Option<Diagnostic> {
    let (url, query) = server.split_once('?').filter(|(_, query)| !query.is_empty())?;
    Some(
        Diagnostic::warning(
            "The query is not sent to the webhook",
            format!("Kubernetes asks {url} and leaves ?{query} out. Put what the webhook needs to know into the path."),
        )
        .at("server"),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tfplugin::Value;

    use crate::{
        cks::{AuthnWebhook, AuthzWebhook, Ca, Webhook},
        resources::{
            cluster_authn_webhook::ClusterAuthnWebhook,
            cluster_authz_webhook::ClusterAuthzWebhook,
            cluster_block::{
                ClusterBlock,
                testing::{changes_are_seen, reads_back},
            },
        },
    };

    /// What the user writes: `server`, and certificates that are null, empty, or a text.
    fn attributes() -> impl Strategy<Value = (String, Option<String>)> {
        let certificates =
            prop_oneof![Just(None), Just(Some(String::new())), "[a-zA-Z:#=-]{1,12}".prop_map(Some)];
        ("https://[a-z]{1,8}(/[a-z?=]{1,8})?", certificates)
    }

    fn resource<R: ClusterBlock>((server, certificates): (String, Option<String>)) -> R {
        R::from_value(&Value::mapping([
            ("cluster_id", Value::string("81540112-93fc-4d39-af10-fe6c2f4b8824")),
            ("server", Value::string(server)),
            ("ca_certificate", certificates.map_or(Value::Null, Value::string)),
        ]))
        .expect("the attributes of a webhook")
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back_in_the_users_spelling(written in attributes()) {
            reads_back::<ClusterAuthnWebhook>(&resource(written.clone()))?;
            reads_back::<ClusterAuthzWebhook>(&resource(written))?;
        }

        #[test]
        fn any_change_of_the_block_is_seen_in_the_state(prior in attributes(), now in attributes()) {
            changes_are_seen::<ClusterAuthnWebhook>(&resource(prior.clone()), &resource(now.clone()))?;
            changes_are_seen::<ClusterAuthzWebhook>(&resource(prior), &resource(now))?;
        }
    }

    #[test]
    fn a_query_is_warned_of() {
        let warned = |server| super::query_unsent(server).is_some();
        assert!(warned("https://hook.example.com/review?for=us"));
        assert!(!warned("https://hook.example.com/review?"));
        assert!(!warned("https://hook.example.com/review"));
    }

    #[test]
    fn each_resource_writes_the_block_that_its_name_says() {
        let written = ("https://hook.example.com".to_owned(), Some("PEM".to_owned()));
        let webhook = Webhook { server: written.0.clone(), ca: Ca::from_pem("PEM") };
        let who: ClusterAuthnWebhook = resource(written.clone());
        let may: ClusterAuthzWebhook = resource(written);
        assert_eq!(who.wanted(), AuthnWebhook(webhook.clone()));
        assert_eq!(may.wanted(), AuthzWebhook(webhook));
    }
}
