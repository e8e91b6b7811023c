terraform {
  required_version = ">= 1.5"

  required_providers {
    cks = {
      source = "cks-community/cks"
    }
  }
}

# The CoreWeave API token comes from the environment variable COREWEAVE_API_TOKEN.
provider "cks" {}

data "cks_cluster" "this" {
  name = var.cluster_name
}

# Reads the cluster, and writes nothing. Without `clusters`, the map is of all clusters of the
# organisation.
module "access" {
  source = "../../modules/access-map"

  clusters = { (var.cluster_name) = data.cks_cluster.this.id }
}
