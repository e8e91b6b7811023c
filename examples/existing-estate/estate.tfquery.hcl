list "cks_cluster_oidc" "all" {
  provider = cks
  limit    = 1000
}

# ClusterRoleBindings and RoleBindings.
list "cks_rbac_binding" "all" {
  provider = cks
  limit    = 1000
}

# Of one cluster, by label.
list "cks_namespace" "shop" {
  provider = cks
  limit    = 1000

  config {
    cluster_id     = data.cks_cluster.this.id
    label_selector = "team=shop"
  }
}
