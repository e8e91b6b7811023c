# Trust: the cluster's unmanaged endpoint accepts the issuer's ID tokens.
resource "cks_cluster_oidc" "this" {
  cluster_id = var.cluster_id

  issuer_url      = var.issuer_url
  client_id       = var.client_id
  username_claim  = var.username_claim
  username_prefix = var.username_prefix
  groups_claim    = var.groups_claim
  groups_prefix   = var.groups_prefix
  required_claim  = var.required_claim
  ca_certificate  = var.issuer_ca_certificate
}

# Permissions. The functions return the names in Kubernetes, with the prefix.
resource "cks_rbac_binding" "this" {
  for_each = var.bindings

  cluster_id   = var.cluster_id
  namespace    = each.value.namespace
  name         = each.key
  cluster_role = each.value.cluster_role
  role         = each.value.role

  groups = [for group in each.value.groups : provider::cks::oidc_group(var.groups_prefix, group)]
  users = [
    for user in each.value.users :
    provider::cks::oidc_username(var.issuer_url, var.username_claim, var.username_prefix, user)
  ]
}

# The kubeconfig. It contains no secret of a user, so all users share it.
data "cks_kubeconfig" "this" {
  # Read after the OIDC configuration is applied, so that the kubeconfig is up to date.
  cluster_id = cks_cluster_oidc.this.id
  namespace  = var.namespace

  oidc = {
    client_secret = var.client_secret
    extra_scopes  = var.extra_scopes
  }
}
