# An existing cluster. For a cluster of the same apply, use its resource instead:
#
#   locals {
#     cluster_id = coreweave_cks_cluster.this.id # with ignore_changes = [oidc, authn_webhook] in its lifecycle block
#   }

variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

data "cks_cluster" "this" {
  name = var.cluster_name
}

locals {
  cluster_id = data.cks_cluster.this.id
}
