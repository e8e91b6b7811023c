//! Between the resource's attributes and the API's `oidc` block.

use clusters::Ledger;
use coreweave::{Cluster, Oidc, OidcLeaf};
use kubernetes::Identity;
use tfplugin::{Diagnostic, Diagnostics, Error, Value};

use super::{ClusterOidc, ClusterOidcPartial, plan_checks, run_plan};
use crate::{
    oidc_names::effective_username_prefix,
    resources::cluster_block::{Attribute, ClusterBlock, attribute},
};

impl ClusterBlock for ClusterOidc {
    type Block = Oidc;

    fn attribute(leaf: OidcLeaf) -> Attribute<Self> {
        match leaf {
            OidcLeaf::IssuerUrl => attribute!(issuer_url => issuer_url),
            OidcLeaf::ClientId => attribute!(client_id => client_id),
            OidcLeaf::UsernameClaim => attribute!(username_claim => username_claim),
            OidcLeaf::UsernamePrefix => attribute!(username_prefix => username_prefix),
            OidcLeaf::GroupsClaim => attribute!(groups_claim => groups_claim),
            OidcLeaf::GroupsPrefix => attribute!(groups_prefix => groups_prefix),
            OidcLeaf::Ca => attribute!(ca_certificate => ca),
            OidcLeaf::RequiredClaim => attribute!(required_claim => required_claim),
            OidcLeaf::SigningAlgorithms => attribute!(signing_algorithms => signing_algorithms),
            OidcLeaf::AdminGroupBinding => attribute!(admin_group_binding => admin_group_binding),
        }
    }

    fn with_computed(self, cluster: &Cluster) -> Result<Self, Error> {
        let prefix = effective_username_prefix(
            &self.issuer_url,
            self.username_claim.as_deref().unwrap_or_default(),
            self.username_prefix.as_deref().unwrap_or_default(),
        );
        let endpoint = cluster.unmanaged_endpoint().map_err(|error| {
            Error::new("Cluster without an API server endpoint", error.to_string()).at("cluster_id")
        })?;
        Ok(Self {
            unmanaged_endpoint: Value::Known(endpoint.url),
            effective_username_prefix: Value::Known(prefix),
            effective_groups_prefix: Value::Known(self.groups_prefix.clone().unwrap_or_default()),
            ..self
        })
    }

    fn validate(config: &ClusterOidcPartial, report: &mut Diagnostics) {
        plan_checks::validate(config, report);
    }

    fn keep_computed(planned: &mut ClusterOidcPartial, prior: &Self) {
        planned.unmanaged_endpoint = prior.unmanaged_endpoint.clone();
    }

    fn fill_in(planned: &mut ClusterOidcPartial) {
        plan_checks::fill_in_prefixes(planned);
    }

    fn warnings(planned: &ClusterOidcPartial) -> Vec<Diagnostic> {
        plan_checks::warnings(planned)
    }

    async fn check_run(
        planned: &ClusterOidcPartial,
        prior: Option<&Self>,
        ledger: &Ledger,
    ) -> Vec<Diagnostic> {
        run_plan::check(planned, prior, ledger).await
    }

    fn access_of(&self, caller: &Identity, _: &Cluster) -> Option<String> {
        run_plan::access_of(self, caller)
    }

    fn keeps_access(&self, planned: Option<&Self>, caller: &Identity) -> bool {
        run_plan::keeps_access(self, planned, caller)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use coreweave::Ca;
    use proptest::prelude::*;

    use super::*;
    use crate::resources::cluster_block::testing::{changes_are_seen, check_attribute_names, reads_back};

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
                ..ClusterOidc::of_cluster("81540112-93fc-4d39-af10-fe6c2f4b8824")
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
    fn messages_name_each_leaf_by_its_attribute() {
        check_attribute_names::<ClusterOidc>();
    }

    #[test]
    fn an_imported_block_shows_unset_as_null() {
        let oidc = Oidc {
            issuer_url: "https://issuer".to_owned(),
            client_id: "kubernetes".to_owned(),
            ..Oidc::default()
        };
        let imported = ClusterOidc::of_cluster("id").with_block(&oidc);
        assert_eq!(imported.username_prefix, None);
        assert_eq!(imported.signing_algorithms, None);
        assert_eq!(imported.ca_certificate, None);
        assert_eq!(imported.block.on_existing, None);
    }

    #[test]
    fn a_certificate_that_cannot_be_decoded_shows_as_it_is() {
        let oidc = Oidc { ca: Ca::from_base64("%%% no base64 %%%"), ..Oidc::default() };
        assert_eq!(
            ClusterOidc::of_cluster("id").with_block(&oidc).ca_certificate.as_deref(),
            Some("%%% no base64 %%%")
        );
    }
}
