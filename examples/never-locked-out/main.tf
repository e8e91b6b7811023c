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

locals {
  groups_prefix = "oidc:"
}

# The OIDC issuer, with the group of the first administrators. This requires no permission in
# Kubernetes.
resource "cks_cluster_oidc" "this" {
  cluster_id = data.cks_cluster.this.id

  issuer_url      = var.issuer_url
  client_id       = "kubernetes"
  username_claim  = "email"
  username_prefix = "oidc:"
  groups_claim    = "groups"
  groups_prefix   = local.groups_prefix
  ca_certificate  = var.issuer_ca_certificate

  admin_group_binding = provider::cks::oidc_group(local.groups_prefix, var.administrators)
}

# The managed endpoint, which depends neither on the issuer nor on bindings of this configuration.
data "cks_kubeconfig" "emergency" {
  cluster_id = data.cks_cluster.this.id
  endpoint   = "managed"
  name       = "${data.cks_cluster.this.name}-${lower(data.cks_cluster.this.zone)}-emergency"

  # A program that prints the token, so that the file contains no secret.
  exec = {
    api_version  = "client.authentication.k8s.io/v1"
    command      = "sh"
    args         = ["-c", local.print_token]
    install_hint = "Set COREWEAVE_API_TOKEN to an API access token of a CKS Admin."
  }
}

locals {
  print_token = <<-EOT
    printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}' "$COREWEAVE_API_TOKEN"
  EOT
}
