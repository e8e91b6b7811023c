variable "issuer_url" {
  description = "URL of the OIDC issuer, equal to the `iss` claim of its tokens."
  type        = string
}

variable "client_id" {
  description = "Client id, which tokens have in their `aud` claim."
  type        = string
  default     = "kubernetes"
}

variable "issuer_ca_certificate" {
  description = "Certificates (PEM) to trust for the issuer. Null: the system's roots."
  type        = string
  default     = null
}

variable "extra_scopes" {
  description = "Scopes to request in addition to `openid`. Null: `email`. Some issuers require the scope `groups` for groups, others reject an unknown scope."
  type        = list(string)
  default     = null
}

variable "on_call" {
  description = "Users on call, as in the user name claim of the tokens."
  type        = string
  default     = "ada@example.com"
}

variable "webhook_url" {
  description = "URL that receives TokenReview requests."
  type        = string
  default     = "https://robots.example.com/token-review"
}

variable "webhook_ca_certificate" {
  description = "Certificates (PEM) to trust for the webhook. Null: the system's roots."
  type        = string
  default     = null
}
