variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "planners" {
  description = "Users that plan: their names in Kubernetes, with the prefix."
  type        = set(string)
  default     = ["github:repo:example/infrastructure:pull_request"]
}

variable "appliers" {
  description = "Users that apply."
  type        = set(string)
  default     = ["github:repo:example/infrastructure:ref:refs/heads/main"]
}

variable "bound_roles" {
  description = "ClusterRoles that the configuration binds."
  type        = list(string)
  default     = ["view", "edit"]
}

variable "granted_rules" {
  description = "Rules of the roles that the configuration creates: nobody can grant permissions that they do not hold."
  type = list(object({
    api_groups = list(string)
    resources  = list(string)
    verbs      = list(string)
  }))
  default = [
    { api_groups = [""], resources = ["pods/log"], verbs = ["get"] },
    { api_groups = ["apps"], resources = ["deployments"], verbs = ["get", "list", "watch", "patch"] },
  ]
}

variable "token_namespace" {
  description = "Namespace of the tokens, which must exist. Null: all namespaces."
  type        = string
  default     = null
}
