terraform {
  required_version = ">= 1.8" # for the provider's functions

  required_providers {
    cks = {
      source = "cks-community/cks"
    }
  }
}

# One block for all clusters. The CoreWeave API token comes from the environment variable
# COREWEAVE_API_TOKEN.
provider "cks" {}

data "cks_clusters" "these" {
  zone       = var.zone
  name_regex = var.name_regex
}

locals {
  # Names are unique within a zone only.
  clusters = {
    for cluster in data.cks_clusters.these.clusters : "${cluster.zone}/${cluster.name}" => cluster
  }
}

resource "cks_cluster_oidc" "this" {
  for_each = local.clusters

  cluster_id      = each.value.id
  issuer_url      = var.issuer_url
  client_id       = "kubernetes"
  username_claim  = "email"
  username_prefix = "oidc:"
  groups_claim    = "groups"
  groups_prefix   = "oidc:"
  ca_certificate  = var.issuer_ca_certificate
}

resource "cks_rbac_binding" "people" {
  for_each = local.clusters

  cluster_id   = each.value.id
  name         = "people"
  cluster_role = "view"
  groups       = [provider::cks::oidc_group("oidc:", var.group)]
}

data "cks_kubeconfig" "people" {
  for_each = local.clusters

  cluster_id = cks_cluster_oidc.this[each.key].id # read after the OIDC configuration is applied
  oidc       = {}
}
