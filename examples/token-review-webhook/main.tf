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

# Authentication: the webhook validates tokens that the cluster cannot validate itself.
resource "cks_cluster_authn_webhook" "this" {
  cluster_id     = data.cks_cluster.this.id
  server         = var.webhook_url
  ca_certificate = var.webhook_ca_certificate
}

# Permissions, as for all other callers.
resource "cks_rbac_binding" "robots" {
  cluster_id   = data.cks_cluster.this.id
  name         = "robots"
  cluster_role = "view"

  users  = var.users
  groups = var.groups
}

data "cks_kubeconfig" "robots" {
  cluster_id = data.cks_cluster.this.id

  # Your own program, which prints a token for the webhook.
  exec = {
    api_version  = "client.authentication.k8s.io/v1"
    command      = "robot-token"
    install_hint = "robot-token is needed to reach this cluster."
  }
}
