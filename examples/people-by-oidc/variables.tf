variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "issuer_url" {
  description = "Issuer of the ID tokens, exactly as in their `iss` claim."
  type        = string
}

variable "client_id" {
  description = "Client id that the ID tokens are made for."
  type        = string
  default     = "kubernetes"
}

variable "client_secret" {
  description = "Secret of the client, for issuers that give no tokens without one. Everybody with the kubeconfig can read it."
  type        = string
  default     = null
  sensitive   = true
}

variable "issuer_ca_certificate" {
  description = "Certificates (PEM) of an issuer whose https is not publicly trusted."
  type        = string
  default     = null
}

variable "username_claim" {
  description = "Claim that names the user."
  type        = string
  default     = "email"
}

variable "username_prefix" {
  description = "What Kubernetes puts before each user name."
  type        = string
  default     = "oidc:"
}

variable "groups_claim" {
  description = "Claim that lists the user's groups; null where the issuer has none."
  type        = string
  default     = "groups"
}

variable "groups_prefix" {
  description = "What Kubernetes puts before each group name; null without `groups_claim`."
  type        = string
  default     = "oidc:"
}

variable "required_claim" {
  description = "A claim that tokens must have, as `key=value`."
  type        = string
  default     = null
}

variable "extra_scopes" {
  description = "Scopes to ask the issuer for beside `openid`. Null: the standard one that gives `username_claim`. Some issuers list groups only for a scope `groups`."
  type        = list(string)
  default     = null
}

variable "groups" {
  description = "Groups that get the role, as the issuer's claim lists them."
  type        = list(string)
  default     = ["platform"]
}

variable "users" {
  description = "Users that get the role, as the issuer's claim names them."
  type        = list(string)
  default     = []
}

variable "cluster_role" {
  description = "What they may do in the whole cluster."
  type        = string
  default     = "view"
}
