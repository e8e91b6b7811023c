variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "webhook_url" {
  description = "URL that receives TokenReview requests. It must be reachable from CoreWeave's network."
  type        = string
  default     = "https://robots.example.com/token-review"
}

variable "webhook_ca_certificate" {
  description = "Certificates (PEM) to trust for the webhook. Null: the system's roots."
  type        = string
  default     = null
}

variable "users" {
  description = "Users that get the role `view`, by the names that the webhook returns."
  type        = list(string)
  default     = ["robot:inventory"]
}

variable "groups" {
  description = "Groups that get the role `view`, by the names that the webhook returns."
  type        = list(string)
  default     = []
}
