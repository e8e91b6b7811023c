variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "namespace" {
  description = "Name of the namespace, which must exist."
  type        = string
  default     = "default"
}

variable "group" {
  description = "Group that gets the role: its name in Kubernetes, with the prefix."
  type        = string
  default     = "oidc:on-call"
}
