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

# The pipeline's namespace.
resource "cks_namespace" "team" {
  cluster_id = data.cks_cluster.this.id
  name       = var.namespace

  # Prevents a destroy, which would delete everything in the namespace.
  deletion_protection = true
}

# The pipeline's identity.
resource "cks_service_account" "ci" {
  cluster_id = data.cks_cluster.this.id
  namespace  = cks_namespace.team.name
  name       = "ci"

  # The caller runs outside of the cluster, so no Pod gets its token.
  automount_service_account_token = false
}

# The pipeline's permissions: everything in this namespace except roles and bindings.
resource "cks_rbac_binding" "ci" {
  cluster_id   = data.cks_cluster.this.id
  namespace    = cks_namespace.team.name
  name         = "ci"
  cluster_role = "edit"

  service_accounts = ["${cks_service_account.ci.namespace}:${cks_service_account.ci.name}"]
}

# The pipeline's credential: a token that is rotated before it expires, and revoked on destroy.
resource "cks_service_account_token" "ci" {
  cluster_id      = data.cks_cluster.this.id
  namespace       = cks_service_account.ci.namespace
  service_account = cks_service_account.ci.name

  # If the ServiceAccount is re-created, the next plan creates a new token.
  service_account_uid = cks_service_account.ci.uid

  # A plan within ten days of the expiry rotates the token. The previous token stays valid until it
  # expires, so that running jobs can finish.
  duration      = "720h"
  rotate_before = "240h"
}

data "cks_kubeconfig" "ci" {
  cluster_id = data.cks_cluster.this.id
  token      = cks_service_account_token.ci.token
  namespace  = cks_namespace.team.name
}
