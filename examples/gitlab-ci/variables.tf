variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "project" {
  description = "Path of the project, with its groups."
  type        = string
  default     = "example/infrastructure"
}

variable "branch" {
  description = "Branch whose jobs may write. Protect it."
  type        = string
  default     = "main"
}

variable "namespace" {
  description = "Name of the namespace that is created for the pipeline."
  type        = string
  default     = "team-a"
}

variable "audience" {
  description = "Audience of the tokens, which `aud` in the pipeline repeats."
  type        = string
  default     = "terraform"
}

variable "issuer_url" {
  description = "Issuer of the tokens: the URL of the GitLab instance."
  type        = string
  default     = "https://gitlab.com"
}

variable "issuer_ca_certificate" {
  description = "Certificate (PEM) of a private CA of a self-managed GitLab."
  type        = string
  default     = null
}
