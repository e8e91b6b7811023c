variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "repository" {
  description = "Repository of the workflow."
  type        = string
  default     = "example/infrastructure"
}

variable "subject_prefix" {
  description = "Beginning of `sub`: gh api repos/OWNER/NAME/actions/oidc/customization/sub --jq .sub_claim_prefix. Null: `repo:` and the repository."
  type        = string
  default     = null
}

variable "branch" {
  description = "Branch whose jobs may write. Protect it."
  type        = string
  default     = "main"
}

variable "namespace" {
  description = "Name of the namespace that is created for the workflow."
  type        = string
  default     = "team-a"
}

variable "audience" {
  description = "Audience of the tokens, which the job's provider block repeats."
  type        = string
  default     = "terraform"
}

variable "issuer_url" {
  description = "Issuer of the tokens. On GitHub Enterprise Server: https://HOST/_services/token."
  type        = string
  default     = "https://token.actions.githubusercontent.com"
}

variable "issuer_ca_certificate" {
  description = "Certificate (PEM) of a private CA of GitHub Enterprise Server."
  type        = string
  default     = null
}
