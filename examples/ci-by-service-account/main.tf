terraform {
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

# Where the pipeline works.
resource "cks_namespace" "team" {
  cluster_id = data.cks_cluster.this.id
  name       = var.namespace

  # A destroy refuses while this is on, since it would delete all that is in the namespace.
  deletion_protection = true
}

# Who it is.
resource "cks_service_account" "ci" {
  cluster_id = data.cks_cluster.this.id
  namespace  = cks_namespace.team.name
  name       = "ci"

  # It is for a caller outside of the cluster: no Pod gets a token of it.
  automount_service_account_token = false
}

# What it may do: everything but roles and bindings, in this namespace alone.
resource "cks_rbac_binding" "ci" {
  cluster_id   = data.cks_cluster.this.id
  namespace    = cks_namespace.team.name
  name         = "ci"
  cluster_role = "edit"

  service_accounts = ["${cks_service_account.ci.namespace}:${cks_service_account.ci.name}"]
}

# How it proves that: a token that is replaced before it expires, and revoked on destroy.
resource "cks_service_account_token" "ci" {
  cluster_id      = data.cks_cluster.this.id
  namespace       = cks_service_account.ci.namespace
  service_account = cks_service_account.ci.name

  # The token is of this very ServiceAccount: should somebody make it anew, the next plan makes a new token.
  service_account_uid = cks_service_account.ci.uid

  # A plan rotates from ten days before the end on. The token before stays good until its own end, so that what runs can finish.
  duration      = "720h"
  rotate_before = "240h"
}

data "cks_kubeconfig" "ci" {
  cluster_id = data.cks_cluster.this.id
  token      = cks_service_account_token.ci.token
  namespace  = cks_namespace.team.name
}
