variable "zone" {
  description = "Zone of the clusters; null for all zones."
  type        = string
  default     = null
}

variable "name_regex" {
  description = "Regular expression that is found in their names; null for all names."
  type        = string
  default     = "^example"
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

variable "group" {
  description = "Group that may view all of them, as the issuer's claim lists it."
  type        = string
  default     = "platform"
}
