terraform {
  required_version = ">= 1.8" # for the provider's functions

  required_providers {
    cks = {
      source = "cks-community/cks"
    }
  }
}

# The CoreWeave API token comes from the environment variable COREWEAVE_API_TOKEN.
provider "cks" {}

locals {
  username_claim = "email"
  prefix         = "oidc:"
}
