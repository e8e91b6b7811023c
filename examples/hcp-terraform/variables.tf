variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "organization" {
  description = "Organisation at HCP Terraform."
  type        = string
  default     = "example"
}

variable "project" {
  description = "Project of the workspace."
  type        = string
  default     = "Default Project"
}

variable "workspace" {
  description = "Workspace whose runs get permissions."
  type        = string
  default     = "infrastructure"
}

variable "namespace" {
  description = "Name of the namespace that is created for the workspace."
  type        = string
  default     = "team-a"
}

variable "audience" {
  description = "Audience of the tokens, for the workspace's variable TFC_WORKLOAD_IDENTITY_AUDIENCE_CKS."
  type        = string
  default     = "cks"
}

variable "issuer_url" {
  description = "Issuer of the tokens. For Terraform Enterprise: https:// and its host."
  type        = string
  default     = "https://app.terraform.io"
}

variable "issuer_ca_certificate" {
  description = "Certificate (PEM) of a private CA of Terraform Enterprise."
  type        = string
  default     = null
}
