terraform {
  required_providers {
    cks = { source = "cks-community/cks" }
  }
}

data "cks_cluster" "this" {
  name = var.cluster_name
}

resource "cks_cluster_oidc" "people" {
  cluster_id      = data.cks_cluster.this.id
  issuer_url      = var.issuer_url
  client_id       = "kubernetes"
  username_claim  = "email"
  username_prefix = "oidc:"
  groups_claim    = "groups"
  groups_prefix   = "oidc:"
  ca_certificate  = var.issuer_ca_certificate
}

resource "cks_rbac_binding" "platform" {
  cluster_id   = data.cks_cluster.this.id
  name         = "platform-view"
  cluster_role = "view"
  groups       = ["oidc:platform"]
}

data "cks_kubeconfig" "people" {
  cluster_id = cks_cluster_oidc.people.id
  oidc = {
    extra_scopes = ["email", "groups"]
  }
}

output "kubeconfig" {
  value     = data.cks_kubeconfig.people.kubeconfig
  sensitive = true
}
