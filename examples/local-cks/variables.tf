variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "issuer_url" {
  description = "URL of the OIDC issuer."
  type        = string
}

variable "issuer_ca_certificate" {
  description = "CA of the issuer, as PEM, if it is not a public one."
  type        = string
  default     = null
}
