# A pipeline: namespace, identity, permissions, and a token that is rotated and revoked.
resource "cks_namespace" "team" {
  cluster_id          = local.cluster_id
  name                = "team-a"
  deletion_protection = true
}

resource "cks_service_account" "ci" {
  cluster_id = local.cluster_id
  namespace  = cks_namespace.team.name
  name       = "ci"
}

resource "cks_rbac_binding" "ci" {
  cluster_id       = local.cluster_id
  namespace        = cks_namespace.team.name
  name             = "ci"
  cluster_role     = "edit"
  service_accounts = ["${cks_service_account.ci.namespace}:${cks_service_account.ci.name}"]
}

resource "cks_service_account_token" "ci" {
  cluster_id          = local.cluster_id
  namespace           = cks_service_account.ci.namespace
  service_account     = cks_service_account.ci.name
  service_account_uid = cks_service_account.ci.uid

  duration      = "720h"
  rotate_before = "240h"
}

data "cks_kubeconfig" "ci" {
  cluster_id = local.cluster_id
  token      = cks_service_account_token.ci.token
  namespace  = cks_namespace.team.name
}
