variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "issuer_url" {
  description = "URL of the OIDC issuer, equal to the `iss` claim of its tokens."
  type        = string
}

variable "issuer_ca_certificate" {
  description = "Certificates (PEM) to trust for the issuer. Null: the system's roots."
  type        = string
  default     = null
}

variable "administrators" {
  description = "Group of the administrators, as in the groups claim of the tokens."
  type        = string
  default     = "platform-admins"
}
