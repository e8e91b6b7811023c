terraform {
  required_providers {
    cks = { source = "cks-community/cks" }
  }
}

variable "cluster_id" {
  type = string
}
