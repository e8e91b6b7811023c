terraform {
  required_version = ">= 1.5"

  required_providers {
    cks = {
      source = "cks-community/cks"
    }
  }
}
