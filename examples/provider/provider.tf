terraform {
  required_providers {
    cks = {
      source  = "cks-community/cks"
      version = "~> 0.1"
    }
  }
}

# The token comes from the environment variable COREWEAVE_API_TOKEN.
provider "cks" {}
