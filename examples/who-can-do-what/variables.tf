variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "administrators" {
  description = "Subjects that may have cluster-admin in the whole cluster, each with its kind: `User NAME`, `Group NAME` or `ServiceAccount NAMESPACE:NAME`."
  type        = set(string)
}

variable "max_token_age" {
  description = "Age at which a token counts as too old."
  type        = string
  default     = "720h"
}
