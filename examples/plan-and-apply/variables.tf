variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "planners" {
  description = "Users that plan: their names in Kubernetes, with the prefix. For newer repositories of GitHub, see `subject_prefix` in its guide."
  type        = set(string)
  default     = ["github:repo:example/infrastructure:pull_request"]
}

variable "planner_groups" {
  description = "Groups that plan, such as `gitlab:example/infrastructure`: all jobs of a project of GitLab."
  type        = set(string)
  default     = []
}

variable "appliers" {
  description = "Users that apply, in the same form as `planners`."
  type        = set(string)
  default     = ["github:repo:example/infrastructure:ref:refs/heads/main"]
}

variable "bound_roles" {
  description = "ClusterRoles that the configuration binds in the whole cluster."
  type        = list(string)
  default     = ["view"]

  validation {
    condition     = length(var.bound_roles) > 0
    error_message = "Without names, the rule is for all roles. Remove the rule from rules.tf instead."
  }
}

variable "bound_roles_in_namespace" {
  description = "ClusterRoles that the configuration binds in `token_namespace`."
  type        = list(string)
  default     = ["edit"]

  validation {
    condition     = length(var.bound_roles_in_namespace) > 0
    error_message = "Without names, the rule is for all roles. Remove the rule from rules.tf instead."
  }
}

variable "granted_rules" {
  description = "Rules of the roles that the configuration creates in `token_namespace`: nobody can grant permissions that they do not hold."
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
  description = "Namespace of the tokens, which must exist. Null: all namespaces, for administrators only."
  type        = string
}
