variable "cluster_id" {
  description = "UUID of the cluster."
  type        = string
}

variable "namespace" {
  description = "Namespace of the ServiceAccount, which must exist."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", var.namespace))
    error_message = "var.namespace must be the name of a namespace: at most 63 lower case letters, digits and hyphens, not with a hyphen at an end."
  }
}

variable "name" {
  description = "Name of the ServiceAccount."
  type        = string
  default     = "ci"
  nullable    = false
}

variable "bindings" {
  description = "What the pipeline may do, by the name of the binding: `cluster_role` or `role`; `namespace` (null: that of the ServiceAccount); `whole_cluster` (`true`: `cluster_role` in all namespaces)."
  type = map(object({
    cluster_role  = optional(string)
    role          = optional(string)
    namespace     = optional(string)
    whole_cluster = optional(bool, false)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for binding in values(var.bindings) : (binding.cluster_role == null) != (binding.role == null)])
    error_message = "Each binding in var.bindings must have either cluster_role or role."
  }

  validation {
    condition = alltrue([
      for binding in values(var.bindings) : !binding.whole_cluster || binding.namespace == null && binding.role == null
    ])
    error_message = "A binding in var.bindings with whole_cluster must have cluster_role, and no namespace."
  }
}

variable "token_lifetime" {
  description = "Lifetime of the token as a Go duration."
  type        = string
  default     = "720h"
  nullable    = false

  validation {
    condition     = can(regex("^([0-9]+(\\.[0-9]+)?(h|m|s))+$", var.token_lifetime))
    error_message = "var.token_lifetime must be a duration in hours, minutes or seconds, such as \"720h\" for 30 days."
  }
}

variable "rotate_before" {
  description = "How long before its expiry a plan rotates the token, as a Go duration. Run plans more often than that. Null: after its expiry only."
  type        = string
  default     = "240h"

  validation {
    condition     = var.rotate_before == null || can(regex("^([0-9]+(\\.[0-9]+)?(h|m|s))+$", var.rotate_before))
    error_message = "var.rotate_before must be a duration in hours, minutes or seconds, such as \"240h\" for ten days."
  }
}

variable "on_rotation" {
  description = "What a rotation does to the previous token: `expire` keeps it until its expiry, so that running jobs can finish; `revoke` revokes it."
  type        = string
  default     = "expire"
  nullable    = false

  validation {
    condition     = contains(["expire", "revoke"], var.on_rotation)
    error_message = "var.on_rotation must be \"expire\" or \"revoke\"."
  }
}

variable "rotation_triggers" {
  description = "Map of strings, a change of which rotates the token, such as `{ requested = \"2026-03-01\" }`."
  type        = map(string)
  default     = {}
  nullable    = false
}
