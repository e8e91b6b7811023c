variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "namespace" {
  description = "The namespace, which must exist."
  type        = string
  default     = "default"
}

variable "group" {
  description = "Who is on call: a group by the name that Kubernetes sees, prefix and all."
  type        = string
  default     = "oidc:on-call"
}
