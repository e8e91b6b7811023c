variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "webhook_url" {
  description = "Where the cluster sends its TokenReviews. It must be reachable from CoreWeave's network."
  type        = string
  default     = "https://robots.example.com/token-review"
}

variable "webhook_ca_certificate" {
  description = "Certificates (PEM) of a webhook whose https is not publicly trusted."
  type        = string
  default     = null
}

variable "users" {
  description = "Users that may view the cluster, by the names that the webhook gives."
  type        = list(string)
  default     = ["robot:inventory"]
}

variable "groups" {
  description = "Groups that may view the cluster, by the names that the webhook gives."
  type        = list(string)
  default     = []
}
