variable "cluster_id" {
  description = "UUID of the cluster."
  type        = string
}

variable "issuer_url" {
  description = "URL of the OIDC issuer, equal to the `iss` claim of its tokens, such as `https://accounts.example.com`."
  type        = string

  validation {
    condition     = startswith(var.issuer_url, "https://")
    error_message = "var.issuer_url must begin with https://, as in the issuer's tokens."
  }
}

variable "client_id" {
  description = "Client id, which tokens have in their `aud` claim."
  type        = string
  default     = "kubernetes"
  nullable    = false
}

variable "client_secret" {
  description = "Client secret, for issuers that do not support public clients. Everyone who has the kubeconfig can read it, and it is stored in state."
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
  nullable    = false
}

variable "username_prefix" {
  description = "Prefix of user names in Kubernetes."
  type        = string
  default     = "oidc:"
  nullable    = false

  validation {
    condition     = !startswith(var.username_prefix, "system:")
    error_message = "var.username_prefix must not begin with system:, which Kubernetes reserves for its own users."
  }
}

variable "groups_claim" {
  description = "Claim with the user's groups. Null if the issuer has none; `groups_prefix` must be null then."
  type        = string
  default     = "groups"
}

variable "groups_prefix" {
  description = "Prefix of group names in Kubernetes."
  type        = string
  default     = "oidc:"

  validation {
    condition     = !startswith(var.groups_prefix == null ? "" : var.groups_prefix, "system:")
    error_message = "var.groups_prefix must not begin with system:, which Kubernetes reserves for its own groups."
  }
}

variable "required_claim" {
  description = "Claim that tokens must have, as `key=value`, such as `hd=example.com`. Null: none."
  type        = string
  default     = null
}

variable "extra_scopes" {
  description = "Scopes to request in addition to `openid`. Null: the standard scope of `username_claim`. Some issuers require the scope `groups` for groups."
  type        = list(string)
  default     = null
}

variable "bindings" {
  description = "Who has which role, by the name of the binding: `cluster_role`, or `role` in `namespace`; `namespace` (null: the whole cluster); `users` and `groups` as in the claims of the tokens, without prefix."
  type = map(object({
    cluster_role = optional(string)
    role         = optional(string)
    namespace    = optional(string)
    users        = optional(set(string), [])
    groups       = optional(set(string), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for binding in values(var.bindings) : (binding.cluster_role == null) != (binding.role == null)])
    error_message = "Each binding in var.bindings must have either cluster_role or role."
  }

  validation {
    condition     = alltrue([for binding in values(var.bindings) : binding.role == null || binding.namespace != null])
    error_message = "A binding in var.bindings with role needs namespace: a Role is in a namespace. For the whole cluster set cluster_role."
  }

  validation {
    condition     = alltrue([for binding in values(var.bindings) : length(binding.users) + length(binding.groups) > 0])
    error_message = "Each binding in var.bindings needs at least one element in users or groups."
  }
}

variable "namespace" {
  description = "Default namespace of kubectl in the kubeconfig. Null: `default`."
  type        = string
  default     = null
}
