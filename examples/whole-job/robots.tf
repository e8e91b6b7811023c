# Robots: a webhook authenticates them.
resource "cks_cluster_authn_webhook" "this" {
  cluster_id     = local.cluster_id
  server         = var.webhook_url
  ca_certificate = var.webhook_ca_certificate
}

resource "cks_rbac_binding" "robots" {
  cluster_id   = local.cluster_id
  name         = "robots-view"
  cluster_role = "view"
  users        = ["robot:inventory"]
}
