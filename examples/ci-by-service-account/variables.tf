variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "namespace" {
  description = "Name of the namespace that is created for the pipeline."
  type        = string
  default     = "team-a"
}
