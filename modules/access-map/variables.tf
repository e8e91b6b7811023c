variable "clusters" {
  description = "UUIDs of the clusters, by the name that headings show. Null: all clusters of the organisation."
  type        = map(string)
  default     = null

  validation {
    condition     = var.clusters == null ? true : length(distinct(values(var.clusters))) == length(var.clusters)
    error_message = "A cluster is in var.clusters twice. Give each cluster one name."
  }
}

variable "namespace" {
  description = "Namespace to which the map is limited, without what is granted in the whole cluster. Null: everything."
  type        = string
  default     = null
}

variable "include_system" {
  description = "Whether the map has what is named `system:…`, `cw-…` or `coreweave-…`, and what is in the namespaces `kube-…` and `cw-…`. Bindings of CoreWeave's managed endpoint can have other names, and are then in it in any case."
  type        = bool
  default     = false
  nullable    = false
}

variable "include_tokens" {
  description = "Whether tokens are in the map. It requires the permission to list Secrets."
  type        = bool
  default     = true
  nullable    = false
}

variable "max_edges" {
  description = "Number of arrows above which a cluster gets several pictures."
  type        = number
  default     = 40
  nullable    = false

  validation {
    condition     = var.max_edges >= 10 && var.max_edges <= 200 && floor(var.max_edges) == var.max_edges
    error_message = "var.max_edges must be a whole number from 10 to 200: Mermaid draws at most 500 arrows, and people read fewer."
  }
}
