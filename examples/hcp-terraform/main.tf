terraform {
  required_providers {
    cks = {
      source = "cks-community/cks"
    }
  }
}

# An administrator applies this once. The CoreWeave API token comes from the environment variable
# COREWEAVE_API_TOKEN, and HCP Terraform never needs it.
provider "cks" {}

data "cks_cluster" "this" {
  name = var.cluster_name
}

# The cluster accepts workload identity tokens for this audience, of this organisation's runs only.
resource "cks_cluster_oidc" "hcp" {
  cluster_id      = data.cks_cluster.this.id
  issuer_url      = var.issuer_url
  client_id       = var.audience
  username_claim  = "sub"
  username_prefix = local.prefix
  required_claim  = "terraform_organization_name=${var.organization}"
  ca_certificate  = var.issuer_ca_certificate
}

resource "cks_namespace" "team" {
  cluster_id = data.cks_cluster.this.id
  name       = var.namespace

  # Prevents a destroy, which would delete everything in the namespace.
  deletion_protection = true
}

locals {
  prefix = "hcp:"

  # The user names of the workspace's runs: a plan and an apply have one each.
  workspace = "${local.prefix}organization:${var.organization}:project:${var.project}:workspace:${var.workspace}"
  plan      = "${local.workspace}:run_phase:plan"
  apply     = "${local.workspace}:run_phase:apply"
}

# A plan reads, and only an apply writes.
resource "cks_rbac_binding" "plan" {
  cluster_id   = data.cks_cluster.this.id
  namespace    = cks_namespace.team.name
  name         = "hcp-terraform-plan"
  cluster_role = "view"
  users        = [local.plan]
}

resource "cks_rbac_binding" "apply" {
  cluster_id   = data.cks_cluster.this.id
  namespace    = cks_namespace.team.name
  name         = "hcp-terraform-apply"
  cluster_role = "edit"
  users        = [local.apply]
}

# The provider verifies that an address leads to the right cluster by the API server's own issuer.
resource "cks_rbac_binding" "verify" {
  cluster_id   = data.cks_cluster.this.id
  name         = "hcp-terraform-verifies-the-cluster"
  cluster_role = "system:service-account-issuer-discovery"
  users        = [local.plan, local.apply]
}
