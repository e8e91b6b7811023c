variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "issuer_url" {
  description = "URL of the OIDC issuer, equal to the `iss` claim of its tokens."
  type        = string
}

variable "client_id" {
  description = "Client id, which tokens have in their `aud` claim."
  type        = string
  default     = "kubernetes"
}

variable "client_secret" {
  description = "Client secret, for issuers that do not support public clients. Everyone who has the kubeconfig can read it."
  type        = string
  default     = null
  sensitive   = true
}

variable "issuer_ca_certificate" {
  description = "Certificates (PEM) to trust for the issuer. Null: the system's roots."
  type        = string
  default     = null
}

variable "username_claim" {
  description = "Claim with the user name."
  type        = string
  default     = "email"
}

variable "username_prefix" {
  description = "Prefix of user names in Kubernetes."
  type        = string
  default     = "oidc:"
}

variable "groups_claim" {
  description = "Claim with the user's groups. Null if the issuer has none."
  type        = string
  default     = "groups"
}

variable "groups_prefix" {
  description = "Prefix of group names in Kubernetes. Null without `groups_claim`."
  type        = string
  default     = "oidc:"
}

variable "required_claim" {
  description = "Claim that tokens must have, as `key=value`."
  type        = string
  default     = null
}

variable "extra_scopes" {
  description = "Scopes to request in addition to `openid`. Null: the standard scope of `username_claim`. Some issuers require the scope `groups` for groups."
  type        = list(string)
  default     = null
}

variable "groups" {
  description = "Groups that get the role, as in the groups claim of the tokens."
  type        = list(string)
  default     = ["platform"]
}

variable "users" {
  description = "Users that get the role, as in the user name claim of the tokens."
  type        = list(string)
  default     = []
}

variable "cluster_role" {
  description = "Name of the ClusterRole that users and groups get in the whole cluster."
  type        = string
  default     = "view"
}
