variable "issuer_url" {
  description = "URL of the OIDC issuer, equal to the `iss` claim of its tokens."
  type        = string
}

variable "issuer_ca_certificate" {
  description = "Certificates (PEM) to trust for the issuer. Null: the system's roots."
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

# The reference to the data source prevents a change of the cluster if the issuer cannot be read.
resource "cks_cluster_oidc" "example" {
  cluster_id = data.cks_cluster.example.id

  issuer_url      = data.cks_oidc_discovery.issuer.issuer_url
  ca_certificate  = data.cks_oidc_discovery.issuer.ca_certificate
  client_id       = "kubernetes"
  username_prefix = "oidc:"

  lifecycle {
    precondition {
      condition     = contains(data.cks_oidc_discovery.issuer.id_token_signing_alg_values_supported, "RS256")
      error_message = "CKS accepts only ID tokens that are signed with RS256."
    }
  }
}
