variable "zone" {
  description = "Zone of the clusters. Null: all zones."
  type        = string
  default     = null
}

variable "name_regex" {
  description = "Regular expression that the names match in part. Null: all names."
  type        = string
  default     = "^example"
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

variable "group" {
  description = "Group that gets the role `view`, as in the groups claim of the tokens."
  type        = string
  default     = "platform"
}
