# The pipeline's identity.
resource "cks_service_account" "this" {
  cluster_id = var.cluster_id
  namespace  = var.namespace
  name       = var.name

  # The caller runs outside of the cluster, so no Pod gets its token.
  automount_service_account_token = false
}

# The pipeline's permissions.
resource "cks_rbac_binding" "this" {
  for_each = var.bindings

  cluster_id   = var.cluster_id
  namespace    = each.value.whole_cluster ? null : each.value.namespace == null ? var.namespace : each.value.namespace
  name         = each.key
  cluster_role = each.value.cluster_role
  role         = each.value.role

  service_accounts = ["${cks_service_account.this.namespace}:${cks_service_account.this.name}"]
}

# The pipeline's credential. A plan in the last part of its lifetime rotates it.
resource "cks_service_account_token" "this" {
  cluster_id      = var.cluster_id
  namespace       = cks_service_account.this.namespace
  service_account = cks_service_account.this.name

  # If the ServiceAccount is re-created, the next plan creates a new token.
  service_account_uid = cks_service_account.this.uid

  duration          = var.token_lifetime
  rotate_before     = var.rotate_before
  on_rotation       = var.on_rotation
  rotation_triggers = var.rotation_triggers
}

data "cks_kubeconfig" "this" {
  cluster_id = var.cluster_id
  token      = cks_service_account_token.this.token
  namespace  = cks_service_account.this.namespace
}
