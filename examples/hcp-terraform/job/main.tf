terraform {
  required_providers {
    cks = {
      source = "cks-community/cks"
    }
  }
  # Add your `cloud` block here.
}

# No secret: `host` needs no request to CoreWeave's API, and so no CoreWeave token.
provider "cks" {
  kubernetes = [{
    cluster_id = var.cluster_id
    host       = var.host
    oidc_token = { env = "TFC_WORKLOAD_IDENTITY_TOKEN_CKS" }
  }]
}

variable "cluster_id" {
  type = string
}

variable "host" {
  type = string
}

# What the workspace manages.
resource "cks_service_account" "robot" {
  cluster_id = var.cluster_id
  namespace  = "team-a"
  name       = "robot"
}
