variable "issuer_url" {
  description = "Issuer of the ID tokens, exactly as in their `iss` claim."
  type        = string
}

variable "issuer_ca_certificate" {
  description = "Certificates (PEM) of an issuer whose https is not publicly trusted."
  type        = string
  default     = null
}

data "cks_cluster" "example" {
  name = "example"
}

data "cks_oidc_discovery" "issuer" {
  issuer_url     = var.issuer_url
  ca_certificate = var.issuer_ca_certificate
}

# The issuer comes through the data source: where it cannot be read, nothing is changed on the cluster.
resource "cks_cluster_oidc" "example" {
  cluster_id = data.cks_cluster.example.id

  issuer_url      = data.cks_oidc_discovery.issuer.issuer_url
  ca_certificate  = data.cks_oidc_discovery.issuer.ca_certificate
  client_id       = "kubernetes"
  username_prefix = "oidc:"

  lifecycle {
    precondition {
      condition     = contains(data.cks_oidc_discovery.issuer.id_token_signing_alg_values_supported, "RS256")
      error_message = "CKS takes ID tokens that are signed with RS256 only."
    }
  }
}
