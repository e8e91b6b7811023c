variable "clusters" {
  description = "UUIDs of the clusters, by name. Null: all clusters of the organisation."
  type        = map(string)
}

variable "namespace" {
  description = "Namespace to read. Null: everything."
  type        = string
}

variable "include_system" {
  description = "Whether bindings and ServiceAccounts of Kubernetes' and CoreWeave's own are read."
  type        = bool
}

variable "include_tokens" {
  description = "Whether tokens are read."
  type        = bool
}
