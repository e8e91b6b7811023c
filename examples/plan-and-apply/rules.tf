locals {
  rbac = "rbac.authorization.k8s.io"

  # Remove what your configuration has no resource for.
  plan = [
    # The provider verifies that an address leads to the right cluster.
    { non_resource_urls = ["/.well-known/openid-configuration"], verbs = ["get"] },
    # cks_namespace; the provider recognises the cluster by the UID of `kube-system`.
    { api_groups = [""], resources = ["namespaces"], verbs = ["get"] },
    # cks_service_account, cks_service_account_token
    { api_groups = [""], resources = ["serviceaccounts"], verbs = ["get"] },
    # cks_rbac_role
    { api_groups = [local.rbac], resources = ["clusterroles", "roles"], verbs = ["get"] },
    # cks_rbac_binding
    { api_groups = [local.rbac], resources = ["clusterrolebindings", "rolebindings"], verbs = ["get"] },
  ]

  apply = [
    { api_groups = [""], resources = ["namespaces"], verbs = ["create", "patch", "delete"] },
    { api_groups = [""], resources = ["serviceaccounts"], verbs = ["create", "patch", "delete"] },
    { api_groups = [local.rbac], resources = ["clusterroles", "roles"], verbs = ["create", "patch", "delete"] },
    { api_groups = [local.rbac], resources = ["clusterrolebindings", "rolebindings"], verbs = ["create", "patch", "delete"] },
    # The roles that the configuration binds in the whole cluster, unless the caller holds all that they grant.
    { api_groups = [local.rbac], resources = ["clusterroles"], resource_names = var.bound_roles, verbs = ["bind"] },
  ]

  # In one namespace only. cks_service_account_token: the Secret that a token is bound to.
  plan_tokens = [
    { api_groups = [""], resources = ["secrets"], verbs = ["get"] },
  ]

  apply_tokens = [
    { api_groups = [""], resources = ["secrets"], verbs = ["list", "create", "patch", "delete"] },
    { api_groups = [""], resources = ["serviceaccounts/token"], verbs = ["create"] },
    # The roles that the configuration binds in this namespace.
    { api_groups = [local.rbac], resources = ["clusterroles"], resource_names = var.bound_roles_in_namespace, verbs = ["bind"] },
  ]
}
