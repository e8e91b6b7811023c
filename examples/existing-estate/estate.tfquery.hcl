list "cks_cluster_oidc" "all" {
  provider = cks
}

# ClusterRoleBindings and RoleBindings.
list "cks_rbac_binding" "all" {
  provider = cks
  limit    = 1000
}

# Of one cluster, by label.
list "cks_namespace" "shop" {
  provider = cks

  config {
    cluster_id     = "81540112-93fc-4d39-af10-fe6c2f4b8824"
    label_selector = "team=shop"
  }
}
