//! Between the resource's attributes and the API's `oidc` block.

use coreweave::{Ca, Cluster, Oidc};
use tfplugin::{Diagnostic, Diagnostics, Error, Value};

use super::{ClusterOidc, ClusterOidcPartial, plan_checks};
use crate::{
    oidc_names::effective_username_prefix,
    resources::cluster_block::{ClusterBlock, pem_as_found, set_as_found, text_as_found},
};

impl ClusterBlock for ClusterOidc {
    type Block = Oidc;

    fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    fn on_existing(&self) -> Option<&str> {
        self.on_existing.as_deref()
    }

    fn empty(cluster_id: &str) -> Self {
        Self {
            id: Value::Known(cluster_id.to_owned()),
            cluster_id: cluster_id.to_owned(),
            issuer_url: String::new(),
            client_id: String::new(),
            username_claim: None,
            username_prefix: None,
            groups_claim: None,
            groups_prefix: None,
            required_claim: None,
            signing_algorithms: None,
            ca_certificate: None,
            admin_group_binding: None,
            on_existing: None,
            unmanaged_endpoint: Value::Unknown,
            effective_username_prefix: Value::Unknown,
            effective_groups_prefix: Value::Unknown,
            timeouts: None,
        }
    }
    fn wanted(&self) -> Oidc {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Oidc {
            issuer_url: self.issuer_url.clone(),
            client_id: self.client_id.clone(),
            username_claim: text(&self.username_claim),
            username_prefix: text(&self.username_prefix),
            groups_claim: text(&self.groups_claim),
            groups_prefix: text(&self.groups_prefix),
            ca: Ca::from_pem(self.ca_certificate.as_deref().unwrap_or_default()),
            required_claim: text(&self.required_claim),
            signing_algorithms: self.signing_algorithms.clone().unwrap_or_default(),
            admin_group_binding: text(&self.admin_group_binding),
        }
    }

    fn found(self, oidc: &Oidc) -> Self {
        Self {
            issuer_url: oidc.issuer_url.clone(),
            client_id: oidc.client_id.clone(),
            username_claim: text_as_found(self.username_claim, &oidc.username_claim),
            username_prefix: text_as_found(self.username_prefix, &oidc.username_prefix),
            groups_claim: text_as_found(self.groups_claim, &oidc.groups_claim),
            groups_prefix: text_as_found(self.groups_prefix, &oidc.groups_prefix),
            required_claim: text_as_found(self.required_claim, &oidc.required_claim),
            signing_algorithms: set_as_found(self.signing_algorithms, &oidc.signing_algorithms),
            ca_certificate: pem_as_found(self.ca_certificate, &oidc.ca),
            admin_group_binding: text_as_found(self.admin_group_binding, &oidc.admin_group_binding),
            ..self
        }
    }

    fn completed_by(self, cluster: &Cluster) -> Result<Self, Error> {
        let prefix = effective_username_prefix(
            &self.issuer_url,
            self.username_claim.as_deref().unwrap_or_default(),
            self.username_prefix.as_deref().unwrap_or_default(),
        );
        let endpoint = cluster.unmanaged_endpoint().map_err(|error| {
            Error::new("Cluster without an API server endpoint", error.to_string()).at("cluster_id")
        })?;
        Ok(Self {
            id: Value::Known(self.cluster_id.clone()),
            unmanaged_endpoint: Value::Known(endpoint),
            effective_username_prefix: Value::Known(prefix),
            effective_groups_prefix: Value::Known(self.groups_prefix.clone().unwrap_or_default()),
            ..self
        })
    }

    fn validate(config: &ClusterOidcPartial, report: &mut Diagnostics) {
        plan_checks::validate(config, report);
    }

    fn planned_cluster_id(planned: &ClusterOidcPartial) -> &Value<String> {
        &planned.cluster_id
    }

    fn keep_computed(planned: &mut ClusterOidcPartial, prior: &Self) {
        planned.id = prior.id.clone();
        planned.unmanaged_endpoint = prior.unmanaged_endpoint.clone();
    }

    fn warn_at_plan(planned: &mut ClusterOidcPartial) -> Vec<Diagnostic> {
        plan_checks::warn_at_plan(planned)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::resources::cluster_block::testing::{changes_are_seen, reads_back};

    /// Null, empty, or a text.
    fn spelling() -> impl Strategy<Value = Option<String>> {
        prop_oneof![Just(None), Just(Some(String::new())), "[a-zA-Z:#=-]{1,12}".prop_map(Some)]
    }

    fn algorithms() -> impl Strategy<Value = Option<BTreeSet<String>>> {
        prop_oneof![Just(None), Just(Some(BTreeSet::new())), Just(Some(BTreeSet::from(["RS256".to_owned()])))]
    }

    prop_compose! {
        fn any_resource()(
            texts in proptest::collection::vec(spelling(), 7),
            issuer in "https://[a-z]{1,8}/",
            algorithms in algorithms(),
        ) -> ClusterOidc {
            let text = |position: usize| texts[position].clone();
            ClusterOidc {
                issuer_url: issuer,
                client_id: "kubernetes".to_owned(),
                username_claim: text(0),
                username_prefix: text(1),
                groups_claim: text(2),
                groups_prefix: text(3),
                required_claim: text(4),
                admin_group_binding: text(5),
                ca_certificate: text(6),
                signing_algorithms: algorithms,
                ..ClusterOidc::empty("81540112-93fc-4d39-af10-fe6c2f4b8824")
            }
        }
    }

    proptest! {
        #[test]
        fn what_was_written_reads_back_in_the_users_spelling(resource in any_resource()) {
            reads_back(&resource)?;
        }

        #[test]
        fn any_change_of_the_block_is_seen_in_the_state(prior in any_resource(), now in any_resource()) {
            changes_are_seen(&prior, &now)?;
        }
    }

    #[test]
    fn an_imported_block_shows_unset_as_null() {
        let oidc = Oidc {
            issuer_url: "https://issuer".to_owned(),
            client_id: "kubernetes".to_owned(),
            ..Oidc::default()
        };
        let imported = ClusterOidc::empty("id").found(&oidc);
        assert_eq!(imported.username_prefix, None);
        assert_eq!(imported.signing_algorithms, None);
        assert_eq!(imported.ca_certificate, None);
        assert_eq!(imported.on_existing, None);
    }

    #[test]
    fn a_certificate_that_cannot_be_decoded_shows_as_it_is() {
        let oidc = Oidc { ca: Ca::from_base64("%%% no base64 %%%"), ..Oidc::default() };
        assert_eq!(
            ClusterOidc::empty("id").found(&oidc).ca_certificate.as_deref(),
            Some("%%% no base64 %%%")
        );
    }
}
