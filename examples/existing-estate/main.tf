terraform {
  required_version = ">= 1.7"

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

resource "cks_cluster_oidc" "this" {
  cluster_id = data.cks_cluster.this.id

  issuer_url      = var.issuer_url
  client_id       = "kubernetes"
  username_claim  = "email"
  username_prefix = "oidc:"
  groups_claim    = "groups"
  groups_prefix   = "oidc:"
  ca_certificate  = var.issuer_ca_certificate
}

# A ClusterRoleBinding, since it has no namespace.
resource "cks_rbac_binding" "platform" {
  cluster_id   = data.cks_cluster.this.id
  name         = "platform-view"
  cluster_role = "view"
  groups       = ["oidc:platform"]
}

resource "cks_namespace" "shop" {
  cluster_id = data.cks_cluster.this.id
  name       = "shop"

  labels = {
    team = "shop"
  }

  deletion_protection = true
}

resource "cks_service_account" "deployer" {
  cluster_id = data.cks_cluster.this.id
  namespace  = cks_namespace.shop.name
  name       = "deployer"
}

# A RoleBinding, since it has a namespace.
resource "cks_rbac_binding" "deployer" {
  cluster_id       = data.cks_cluster.this.id
  namespace        = cks_namespace.shop.name
  name             = "deployer"
  cluster_role     = "edit"
  service_accounts = ["${cks_service_account.deployer.namespace}:${cks_service_account.deployer.name}"]
}
