//! What the two webhooks of a cluster have in common: everything but their names, their words, and which block they are.

use coreweave::{Ca, Cluster, ClusterMember, Webhook};
use tfplugin::{Diagnostic, Error, Schema, Timeouts, Value};

use super::cluster_block::{ClusterBlock, pem_as_found};
use crate::{checks, existing::OnExisting};

/// The attributes of a webhook.
#[derive(Clone, Debug, Schema)]
pub(crate) struct WebhookAttributes {
    /// The cluster's id.
    #[schema(computed)]
    id: Value<String>,
    /// Id of the cluster that asks the webhook. A change makes a new resource.
    #[schema(required, replace, validate(checks::cluster_id))]
    cluster_id: String,
    /// The webhook's URL, https. Kubernetes asks its host and path, and leaves a query out.
    #[schema(required, validate(checks::https_server))]
    server: String,
    /// Certificates (PEM) to trust for the webhook's own https. Default: the system's roots.
    #[schema(optional, validate(checks::pem_certificates), same = checks::same_pem)]
    ca_certificate: Option<String>,
    /// What to do when the cluster already asks such a webhook: `"fail"` (default) or `"adopt"`, which overwrites it.
    #[schema(optional, validate(OnExisting::validate))]
    on_existing: Option<String>,
    #[schema(block)]
    timeouts: Option<Timeouts>,
}

/// A resource that has nothing but the attributes of a webhook.
pub(crate) trait ClusterWebhook: Schema {
    /// Which of the two it is.
    type Block: ClusterMember + From<Webhook> + AsRef<Webhook>;

    /// The resource with these attributes.
    fn of(attributes: WebhookAttributes) -> Self;

    /// Its attributes.
    fn attributes(&self) -> &WebhookAttributes;

    /// The attributes of a plan.
    fn planned(plan: &Self::Partial) -> &WebhookAttributesPartial;

    /// The attributes of a plan, to be changed.
    fn planned_mut(plan: &mut Self::Partial) -> &mut WebhookAttributesPartial;
}

impl<R: ClusterWebhook> ClusterBlock for R {
    type Block = R::Block;

    fn cluster_id(&self) -> &str {
        &self.attributes().cluster_id
    }

    fn on_existing(&self) -> Option<&str> {
        self.attributes().on_existing.as_deref()
    }

    fn empty(cluster_id: &str) -> Self {
        Self::of(WebhookAttributes {
            id: Value::Known(cluster_id.to_owned()),
            cluster_id: cluster_id.to_owned(),
            server: String::new(),
            ca_certificate: None,
            on_existing: None,
            timeouts: None,
        })
    }

    fn wanted(&self) -> R::Block {
        let WebhookAttributes { server, ca_certificate, .. } = self.attributes();
        let ca = Ca::from_pem(ca_certificate.as_deref().unwrap_or_default());
        Webhook { server: server.clone(), ca }.into()
    }

    fn found(self, block: &R::Block) -> Self {
        let (known, Webhook { server, ca }) = (self.attributes().clone(), block.as_ref());
        let ca_certificate = pem_as_found(known.ca_certificate, ca);
        Self::of(WebhookAttributes { server: server.clone(), ca_certificate, ..known })
    }

    fn completed_by(self, _: &Cluster) -> Result<Self, Error> {
        let known = self.attributes().clone();
        Ok(Self::of(WebhookAttributes { id: Value::Known(known.cluster_id.clone()), ..known }))
    }

    fn planned_cluster_id(planned: &R::Partial) -> &Value<String> {
        &R::planned(planned).cluster_id
    }

    fn keep_computed(planned: &mut R::Partial, prior: &Self) {
        R::planned_mut(planned).id = prior.attributes().id.clone();
    }

    fn warn_at_plan(planned: &mut R::Partial) -> Vec<Diagnostic> {
        R::planned(planned).server.as_known().and_then(|server| query_unsent(server)).into_iter().collect()
    }
}

/// Kubernetes takes a webhook's URL as the base of an API of its own kind, of which it keeps host and path only.
fn query_unsent(server: &str) -> Option<Diagnostic> {
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
    use coreweave::{AuthnWebhook, AuthzWebhook, Ca, Webhook};
    use proptest::prelude::*;
    use tfplugin::Value;

    use crate::resources::{
        cluster_authn_webhook::ClusterAuthnWebhook,
        cluster_authz_webhook::ClusterAuthzWebhook,
        cluster_block::{
            ClusterBlock,
            testing::{changes_are_seen, reads_back},
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
