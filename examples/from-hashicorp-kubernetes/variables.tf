variable "cluster_name" {
  description = "Name of the cluster that hashicorp/kubernetes was configured for."
  type        = string
}
