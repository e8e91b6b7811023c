terraform {
  required_version = ">= 1.8" # for the provider's functions

  required_providers {
    cks = {
      source = "cks-community/cks"
    }
  }
}

# The CoreWeave API token comes from the environment variable COREWEAVE_API_TOKEN.
provider "cks" {}

data "cks_cluster" "this" {
  name = var.cluster_name
}

# Authentication: the cluster's unmanaged endpoint accepts the issuer's ID tokens.
resource "cks_cluster_oidc" "this" {
  cluster_id = data.cks_cluster.this.id

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
resource "cks_rbac_binding" "people" {
  cluster_id   = data.cks_cluster.this.id
  name         = "people"
  cluster_role = var.cluster_role

  groups = [for group in var.groups : provider::cks::oidc_group(var.groups_prefix, group)]
  users = [
    for user in var.users :
    provider::cks::oidc_username(var.issuer_url, var.username_claim, var.username_prefix, user)
  ]
}

# The kubeconfig. It contains no secret of a user, so all users share it.
data "cks_kubeconfig" "people" {
  # Read after the OIDC configuration is applied, so that the kubeconfig is up to date.
  cluster_id = cks_cluster_oidc.this.id

  # Null values are equivalent to `oidc = {}`: the values default to those of the cluster.
  oidc = {
    client_secret = var.client_secret
    extra_scopes  = var.extra_scopes
  }
}
