//! List resource `cks_rbac_binding`, whose filters the data source `cks_rbac_bindings` has too.

use clusters::Clusters;
use kubernetes::{Binding, Kind as _, SubjectList};
use tfplugin::{Context, Error, Found, ListResource, Schema};

use crate::{
    checks,
    listing::{Filters, NamespaceFilter, ObjectFilters, list_objects},
    resources::rbac_binding::RbacBinding,
};

/// Lists the ClusterRoleBindings and RoleBindings of clusters.
///
/// `terraform query` (Terraform 1.14) runs `list` blocks, in files whose names end in `.tfquery.hcl`. A block returns at most 100 objects
/// unless it sets `limit`, and Terraform does not say if there are more. OpenTofu has no such command: use the data source
/// `cks_rbac_bindings`, which has the same filters, and `import` blocks.
///
/// Filters choose together: the list has the bindings that match all of them. Bindings that cannot be managed, such as those without
/// subjects, are left out; a warning names them.
#[derive(Clone, Debug, Default, Schema)]
pub(crate) struct RbacBindings {
    #[schema(flatten)]
    objects: ObjectFilters,
    #[schema(flatten)]
    place: NamespaceFilter,
    /// Name of the bound role, a ClusterRole or a Role. Default: all roles.
    #[schema(optional, validate(checks::path_segment))]
    role: Option<String>,
    /// User that is a subject of the binding, as Kubernetes sees it. Bindings of the user's groups do not count. Default: all.
    #[schema(optional, validate(checks::not_empty))]
    user: Option<String>,
    /// Group that is a subject of the binding, as Kubernetes sees it. Default: all.
    #[schema(optional, validate(checks::not_empty))]
    group: Option<String>,
    /// ServiceAccount that is a subject of the binding, as `namespace:name`. Bindings of its groups, such as
    /// `system:serviceaccounts`, and of its user name do not count. Default: all.
    #[schema(optional, validate(checks::service_account))]
    service_account: Option<String>,
}

impl Filters for RbacBindings {
    type Resource = RbacBinding;

    fn objects(&self) -> &ObjectFilters {
        &self.objects
    }

    fn namespace(&self) -> Option<&str> {
        self.place.namespace.as_deref()
    }

    /// Names are compared in Unicode normal form, in which Terraform keeps the filters.
    fn matches(&self, binding: &Binding) -> bool {
        let binding = binding.normalized();
        let has = |list, wanted: &Option<String>| {
            wanted.as_ref().is_none_or(|wanted| binding.listed(list).contains(wanted))
        };
        self.role.as_ref().is_none_or(|role| *role == binding.role.name)
            && has(SubjectList::Users, &self.user)
            && has(SubjectList::Groups, &self.group)
            && has(SubjectList::ServiceAccounts, &self.service_account)
    }
}

impl ListResource for RbacBindings {
    type Resource = RbacBinding;

    async fn list(self, found: &Found<RbacBinding>, context: &Context<Clusters>) -> Result<(), Error> {
        list_objects(&self, found, context).await
    }
}

#[cfg(test)]
mod tests {
    use kubernetes::{RoleRef, Subject};

    use super::*;

    #[track_caller]
    fn check(filters: &RbacBindings, expected: bool) {
        let account = || Subject::ServiceAccount { namespace: "shop".to_owned(), name: "ci".to_owned() };
        let binding = Binding {
            role: RoleRef { kind: "ClusterRole".to_owned(), name: "view".to_owned() },
            subjects: [
                Subject::User("oidc:zoe\u{308}".to_owned()),
                Subject::Group("oidc:platform".to_owned()),
                account(),
                Subject::Other(r#"{"kind":"Robot","name":"bob"}"#.to_owned()),
            ]
            .into(),
        };
        assert_eq!(filters.matches(&binding), expected, "{filters:?}");
    }

    #[test]
    fn a_binding_matches_by_role_and_by_each_sort_of_subject_and_filters_choose_together() {
        let text = |text: &str| Some(text.to_owned());
        let none = RbacBindings::default;
        check(&none(), true);
        check(&RbacBindings { role: text("view"), ..none() }, true);
        check(&RbacBindings { role: text("vie"), ..none() }, false);
        // Terraform has the filter in normal form C; the cluster has the name in another form.
        check(&RbacBindings { user: text("oidc:zo\u{eb}"), ..none() }, true);
        check(&RbacBindings { user: text("oidc:platform"), ..none() }, false);
        check(&RbacBindings { user: text("bob"), ..none() }, false);
        check(&RbacBindings { group: text("oidc:platform"), ..none() }, true);
        check(&RbacBindings { group: text("system:serviceaccounts"), ..none() }, false);
        check(&RbacBindings { service_account: text("shop:ci"), ..none() }, true);
        check(&RbacBindings { service_account: text("shop:c"), ..none() }, false);
        check(&RbacBindings { user: text("system:serviceaccount:shop:ci"), ..none() }, false);
        check(&RbacBindings { role: text("view"), group: text("oidc:platform"), ..none() }, true);
        check(&RbacBindings { role: text("edit"), group: text("oidc:platform"), ..none() }, false);
    }
}
