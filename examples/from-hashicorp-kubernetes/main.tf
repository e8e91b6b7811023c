terraform {
  required_version = ">= 1.8"

  required_providers {
    cks = {
      source = "cks-community/cks"
    }
    # Until the moves are applied: the state names it.
    kubernetes = {
      source = "hashicorp/kubernetes"
    }
  }
}

# The CoreWeave API token comes from the environment variable COREWEAVE_API_TOKEN.
provider "cks" {}

data "cks_cluster" "this" {
  name = var.cluster_name
}

resource "cks_namespace" "shop" {
  cluster_id = data.cks_cluster.this.id
  name       = "shop"

  # hashicorp/kubernetes has no such protection. Remove the line to have it.
  deletion_protection = false
}

resource "cks_service_account" "deployer" {
  cluster_id = data.cks_cluster.this.id
  namespace  = cks_namespace.shop.name
  name       = "deployer"

  # The default of hashicorp/kubernetes, which it has written to the object.
  automount_service_account_token = true
}

resource "cks_rbac_role" "deployer" {
  cluster_id = data.cks_cluster.this.id
  namespace  = cks_namespace.shop.name
  name       = "deployer"

  rules = [
    { api_groups = ["apps"], resources = ["deployments"], verbs = ["get", "list", "patch"] },
  ]
}

resource "cks_rbac_binding" "deployer" {
  cluster_id       = data.cks_cluster.this.id
  namespace        = cks_namespace.shop.name
  name             = "deployer"
  role             = cks_rbac_role.deployer.name
  service_accounts = ["${cks_namespace.shop.name}:${cks_service_account.deployer.name}"]
}

resource "cks_rbac_binding" "platform" {
  cluster_id   = data.cks_cluster.this.id
  name         = "platform-view"
  cluster_role = "view"
  groups       = ["oidc:platform"]
}
