# What the clusters have: bindings, ServiceAccounts, and their tokens.

data "cks_clusters" "all" {
  count = var.clusters == null ? 1 : 0
}

data "cks_rbac_bindings" "all" {
  count = var.clusters == null ? 1 : 0

  namespace      = var.namespace
  include_system = var.include_system
}

data "cks_rbac_bindings" "named" {
  for_each = var.clusters == null ? {} : var.clusters

  cluster_id     = each.value
  namespace      = var.namespace
  include_system = var.include_system
}

data "cks_service_accounts" "all" {
  count = var.clusters == null ? 1 : 0

  namespace      = var.namespace
  include_system = var.include_system
  include_tokens = var.include_tokens
}

data "cks_service_accounts" "named" {
  for_each = var.clusters == null ? {} : var.clusters

  cluster_id     = each.value
  namespace      = var.namespace
  include_system = var.include_system
  include_tokens = var.include_tokens
}
