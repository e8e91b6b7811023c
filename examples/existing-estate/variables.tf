variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "issuer_url" {
  description = "The issuer that the cluster trusts already."
  type        = string
}

variable "issuer_ca_certificate" {
  description = "Certificates (PEM) that the cluster trusts for it, if it was given any."
  type        = string
  default     = null
}
