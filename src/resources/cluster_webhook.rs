//! What the two webhooks of a cluster have in common: the attributes that are leaves of their block, and the warnings of a plan.

use tfplugin::{Diagnostic, Schema};

use crate::checks;

/// The attributes that are leaves of a webhook.
#[derive(Clone, Debug, Default, Schema)]
pub(crate) struct WebhookFields {
    /// URL of the webhook, https, such as `https://hook.example.com/review`. Kubernetes drops a query.
    #[schema(required, validate(checks::https_server))]
    pub(super) server: String,
    /// Certificates (PEM) to trust for https requests to the webhook. Defaults to the system's roots.
    #[schema(optional, validate(checks::pem_certificates), same = checks::same_pem)]
    pub(super) ca_certificate: Option<String>,
}

/// Warns of what the cluster will not do with a planned webhook.
pub(super) fn warnings(planned: &WebhookFieldsPartial) -> Vec<Diagnostic> {
    planned.server.as_known().and_then(|server| query_unsent(server)).into_iter().collect()
}

/// Kubernetes takes the webhook's URL as the address of an API server, of which it keeps host and path only.
fn query_unsent(server: &str) -> Option<Diagnostic> {
    let (_, query) = server.split_once('?')?;
    let warning = Diagnostic::warning(
        "The query is not sent to the webhook",
        "Kubernetes sends requests to `server` without what follows the question mark. Move what the webhook needs into the path.",
    );
    (!query.is_empty()).then(|| warning.at("server"))
}

#[cfg(test)]
mod tests {
    use coreweave::{AuthnWebhook, AuthzWebhook, Ca};
    use proptest::prelude::*;
    use tfplugin::Value;

    use crate::resources::{
        cluster_authn_webhook::ClusterAuthnWebhook,
        cluster_authz_webhook::ClusterAuthzWebhook,
        cluster_block::{
            ClusterBlock,
            testing::{changes_are_seen, check_attribute_names, reads_back},
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
        let (server, ca) = ("https://hook.example.com", || Ca::from_pem("PEM"));
        let authenticates: ClusterAuthnWebhook = resource(written.clone());
        let authorizes: ClusterAuthzWebhook = resource(written);
        assert_eq!(authenticates.to_block(), AuthnWebhook::new(server, ca()));
        assert_eq!(authorizes.to_block(), AuthzWebhook::new(server, ca()));
    }

    #[test]
    fn messages_name_each_leaf_by_its_attribute() {
        check_attribute_names::<ClusterAuthnWebhook>();
        check_attribute_names::<ClusterAuthzWebhook>();
    }
}
