variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "issuer_url" {
  description = "URL of the OIDC issuer that the cluster trusts."
  type        = string
}

variable "issuer_ca_certificate" {
  description = "Certificates (PEM) that the cluster trusts for the issuer. Null if there are none."
  type        = string
  default     = null
}
