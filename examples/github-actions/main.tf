terraform {
  required_providers {
    cks = {
      source = "cks-community/cks"
    }
  }
}

# An administrator applies this once. The CoreWeave API token comes from the environment variable
# COREWEAVE_API_TOKEN, and the workflow never needs it.
provider "cks" {}

data "cks_cluster" "this" {
  name = var.cluster_name
}

# The cluster accepts ID tokens of GitHub Actions for this audience, of this owner's repositories only.
resource "cks_cluster_oidc" "github" {
  cluster_id      = data.cks_cluster.this.id
  issuer_url      = var.issuer_url
  client_id       = var.audience
  username_claim  = "sub"
  username_prefix = local.prefix
  required_claim  = "repository_owner=${split("/", var.repository)[0]}"
  ca_certificate  = var.issuer_ca_certificate
}

resource "cks_namespace" "team" {
  cluster_id = data.cks_cluster.this.id
  name       = var.namespace

  # Prevents a destroy, which would delete everything in the namespace.
  deletion_protection = true
}

locals {
  # The user name of the workflow's jobs: `sub` has the repository and the branch, so that a pull
  # request or another repository has another name, and no permissions.
  prefix  = "github:"
  subject = coalesce(var.subject_prefix, "repo:${var.repository}")
  job     = "${local.prefix}${local.subject}:ref:refs/heads/${var.branch}"
}

# Their permissions: everything in this namespace except roles and bindings.
resource "cks_rbac_binding" "job" {
  cluster_id   = data.cks_cluster.this.id
  namespace    = cks_namespace.team.name
  name         = "github-actions"
  cluster_role = "edit"
  users        = [local.job]
}

# The provider verifies that an address leads to the right cluster by the API server's own issuer.
resource "cks_rbac_binding" "verify" {
  cluster_id   = data.cks_cluster.this.id
  name         = "github-actions-verifies-the-cluster"
  cluster_role = "system:service-account-issuer-discovery"
  users        = [local.job]
}

# For kubectl in the jobs: it requests an ID token when kubectl runs, and contains no secret.
data "cks_kubeconfig" "job" {
  cluster_id = cks_cluster_oidc.github.id
  namespace  = cks_namespace.team.name
  exec       = { preset = "github-actions" }
}
