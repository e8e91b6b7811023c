variable "issuer_url" {
  description = "Issuer of people's ID tokens, exactly as in their `iss` claim."
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

variable "extra_scopes" {
  description = "Scopes to ask the issuer for beside `openid`. Null: `email` alone. Some issuers list groups only for a scope `groups`; others refuse one that they do not know."
  type        = list(string)
  default     = null
}

variable "on_call" {
  description = "Who is on call, as the issuer's claim names them."
  type        = string
  default     = "ada@example.com"
}

variable "webhook_url" {
  description = "Where the cluster asks who the robots are."
  type        = string
  default     = "https://robots.example.com/token-review"
}

variable "webhook_ca_certificate" {
  description = "Certificates (PEM) of a webhook whose https is not publicly trusted."
  type        = string
  default     = null
}
