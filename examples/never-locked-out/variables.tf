variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "issuer_url" {
  description = "Issuer of the ID tokens, exactly as in their `iss` claim."
  type        = string
}

variable "issuer_ca_certificate" {
  description = "Certificates (PEM) of an issuer whose https is not publicly trusted."
  type        = string
  default     = null
}

variable "administrators" {
  description = "The administrators' group, as the issuer's claim lists it."
  type        = string
  default     = "platform-admins"
}
