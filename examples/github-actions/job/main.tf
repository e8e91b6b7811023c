terraform {
  required_providers {
    cks = {
      source = "cks-community/cks"
    }
  }
  # Add your backend here. Those of AWS, Azure and Google accept ID tokens of GitHub Actions too.
}

# No secret: `host` needs no request to CoreWeave's API, and so no CoreWeave token.
provider "cks" {
  kubernetes = [{
    cluster_id = var.cluster_id
    host       = var.host
    oidc_token = {
      github_actions = true
      audience       = "terraform"
    }
  }]
}

variable "cluster_id" {
  type = string
}

variable "host" {
  type = string
}

# What the workflow manages.
resource "cks_service_account" "robot" {
  cluster_id = var.cluster_id
  namespace  = "team-a"
  name       = "robot"
}
