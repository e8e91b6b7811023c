variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "namespace" {
  description = "Namespace that is made for the pipeline's work."
  type        = string
  default     = "team-a"
}
