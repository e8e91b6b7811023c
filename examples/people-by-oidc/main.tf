terraform {
  required_providers {
    cks = {
      source = "cks-community/cks"
    }
  }
}

provider "cks" {}

variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "issuer_url" {
  description = "Issuer of the ID tokens, exactly as in their `iss` claim."
  type        = string
}

variable "client_id" {
  description = "Client id that the ID tokens are made for."
  type        = string
  default     = "kubernetes"
}

variable "issuer_ca_certificate" {
  description = "Certificates (PEM) of an issuer whose https is not publicly trusted."
  type        = string
  default     = null
}

data "cks_cluster" "this" {
  name = var.cluster_name
}

resource "cks_cluster_oidc" "this" {
  cluster_id = data.cks_cluster.this.id

  issuer_url      = var.issuer_url
  client_id       = var.client_id
  username_claim  = "email"
  username_prefix = "oidc:"
  groups_claim    = "groups"
  groups_prefix   = "oidc:"
  ca_certificate  = var.issuer_ca_certificate
}

output "unmanaged_endpoint" {
  description = "Where people log in with their ID tokens."
  value       = cks_cluster_oidc.this.unmanaged_endpoint
}
