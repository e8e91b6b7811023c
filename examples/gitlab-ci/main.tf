terraform {
  required_providers {
    cks = {
      source = "cks-community/cks"
    }
  }
}

# An administrator applies this once. The CoreWeave API token comes from the environment variable
# COREWEAVE_API_TOKEN, and the pipeline never needs it.
provider "cks" {}

data "cks_cluster" "this" {
  name = var.cluster_name
}

# The cluster accepts ID tokens of GitLab for this audience, of this project's jobs only.
resource "cks_cluster_oidc" "gitlab" {
  cluster_id      = data.cks_cluster.this.id
  issuer_url      = var.issuer_url
  client_id       = var.audience
  username_claim  = "sub"
  username_prefix = local.prefix
  groups_claim    = "project_path" # all jobs of the project, for plans of merge requests
  groups_prefix   = local.prefix
  required_claim  = "project_path=${var.project}"
  ca_certificate  = var.issuer_ca_certificate
}

resource "cks_namespace" "team" {
  cluster_id = data.cks_cluster.this.id
  name       = var.namespace

  # Prevents a destroy, which would delete everything in the namespace.
  deletion_protection = true
}

locals {
  prefix = "gitlab:"

  # The user name of the jobs of one branch. A job of another branch or tag has another name, and no
  # permissions.
  job = "${local.prefix}project_path:${var.project}:ref_type:branch:ref:${var.branch}"
}

# Their permissions: everything in this namespace except roles and bindings.
resource "cks_rbac_binding" "job" {
  cluster_id   = data.cks_cluster.this.id
  namespace    = cks_namespace.team.name
  name         = "gitlab-ci"
  cluster_role = "edit"
  users        = [local.job]
}

# The provider verifies that an address leads to the right cluster by the API server's own issuer.
resource "cks_rbac_binding" "verify" {
  cluster_id   = data.cks_cluster.this.id
  name         = "gitlab-ci-verifies-the-cluster"
  cluster_role = "system:service-account-issuer-discovery"
  users        = [local.job]
}

# For kubectl in the jobs: it sends the ID token in the variable, and contains no secret.
data "cks_kubeconfig" "job" {
  cluster_id = cks_cluster_oidc.gitlab.id
  namespace  = cks_namespace.team.name
  exec = {
    preset   = "variable"
    variable = "CKS_ID_TOKEN"
  }
}
