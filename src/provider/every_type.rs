//! For tests: the validation of everything that has a configuration, except the provider block itself.

use tfplugin::{
    Diagnostic, Schema, Value,
    testing::Host,
    value::{Data, Type},
};

use super::Cks;
use crate::{
    actions, data_sources as data, ephemeral_resources as ephemeral, list_resources as lists, resources,
};

/// The members with null for all that they leave out, as hosts send them.
pub(super) fn completed(value_type: &Type, value: &Value) -> Value {
    match (value_type, value) {
        (Type::Object(types), Value::Known(Data::Mapping(_))) => {
            Value::mapping(types.iter().map(|(name, part)| (name, completed(part, value.member(name)))))
        }
        (Type::List(element) | Type::Set(element), Value::Known(Data::Sequence(elements))) => {
            Value::Known(Data::Sequence(elements.iter().map(|value| completed(element, value)).collect()))
        }
        _ => value.clone(),
    }
}

/// A check of one type.
pub(super) trait CheckEach {
    async fn check<S: Schema + Validated>(&self, host: &Host<Cks>);
}

/// A call that validates a configuration.
pub(super) trait Validated {
    async fn validate(host: &Host<Cks>, config: &Value) -> Vec<Diagnostic>;
}

macro_rules! validated {
    ($($of:ty => $call:ident,)+) => {
        $(
            impl Validated for $of {
                async fn validate(host: &Host<Cks>, config: &Value) -> Vec<Diagnostic> {
                    host.$call::<Self>(config).await
                }
            }
        )+

        /// Checks every type, and returns how many there are.
        pub(super) async fn check_all(check: &impl CheckEach, host: &Host<Cks>) -> usize {
            let mut checked = 0;
            $(
                check.check::<$of>(host).await;
                checked += 1;
            )+
            checked
        }
    };
}

validated! {
    resources::cluster_authn_webhook::ClusterAuthnWebhook => validate,
    resources::cluster_authz_webhook::ClusterAuthzWebhook => validate,
    resources::cluster_oidc::ClusterOidc => validate,
    resources::namespace::Namespace => validate,
    resources::rbac_binding::RbacBinding => validate,
    resources::rbac_role::RbacRole => validate,
    resources::service_account::ServiceAccount => validate,
    resources::service_account_token::ServiceAccountToken => validate,
    data::cluster::Cluster => validate_data_source,
    data::clusters::ClusterList => validate_data_source,
    data::kubeconfig::ClusterKubeconfig => validate_data_source,
    data::oidc_discovery::OidcDiscovery => validate_data_source,
    data::rbac_bindings::RbacBindingList => validate_data_source,
    data::self_subject_review::SelfSubjectReview => validate_data_source,
    data::service_accounts::ServiceAccountList => validate_data_source,
    data::subject_access_review::SubjectAccessReview => validate_data_source,
    ephemeral::kubeconfig::EphemeralKubeconfig => validate_ephemeral,
    ephemeral::service_account_token::EphemeralToken => validate_ephemeral,
    actions::revoke_service_account_tokens::RevokeServiceAccountTokens => validate_action,
    lists::cluster_authn_webhook::ClusterAuthnWebhooks => validate_list,
    lists::cluster_authz_webhook::ClusterAuthzWebhooks => validate_list,
    lists::cluster_oidc::ClusterOidcs => validate_list,
    lists::namespace::Namespaces => validate_list,
    lists::rbac_binding::RbacBindings => validate_list,
    lists::rbac_role::RbacRoles => validate_list,
    lists::service_account::ServiceAccounts => validate_list,
}
