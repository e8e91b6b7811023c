terraform {
  required_providers {
    cks = {
      source = "cks-community/cks"
    }
  }
  # Add your backend here, such as `http` for the state in GitLab.
}

# No secret: `host` needs no request to CoreWeave's API, and so no CoreWeave token.
provider "cks" {
  kubernetes = [{
    cluster_id = var.cluster_id
    host       = var.host
    oidc_token = { env = "CKS_ID_TOKEN" }
  }]
}

variable "cluster_id" {
  type = string
}

variable "host" {
  type = string
}

# What the pipeline manages.
resource "cks_service_account" "robot" {
  cluster_id = var.cluster_id
  namespace  = "team-a"
  name       = "robot"
}
