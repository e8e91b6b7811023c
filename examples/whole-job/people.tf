# People: the OIDC issuer, and permissions of its groups.
resource "cks_cluster_oidc" "this" {
  cluster_id = local.cluster_id

  issuer_url      = var.issuer_url
  client_id       = var.client_id
  username_claim  = local.username_claim
  username_prefix = local.prefix
  groups_claim    = "groups"
  groups_prefix   = local.prefix
  ca_certificate  = var.issuer_ca_certificate
}

resource "cks_rbac_binding" "platform" {
  cluster_id   = local.cluster_id
  name         = "platform-view"
  cluster_role = "view"
  groups       = [provider::cks::oidc_group(local.prefix, "platform")]
}

# A custom role in the team's namespace.
resource "cks_rbac_role" "on_call" {
  cluster_id = local.cluster_id
  namespace  = cks_namespace.team.name
  name       = "on-call"

  rules = [
    { api_groups = [""], resources = ["pods/log"], verbs = ["get"] },
    { api_groups = ["apps"], resources = ["deployments"], verbs = ["get", "list", "watch", "patch"] },
  ]
}

resource "cks_rbac_binding" "on_call" {
  cluster_id = local.cluster_id
  namespace  = cks_namespace.team.name
  name       = "on-call"
  role       = cks_rbac_role.on_call.name
  users      = [provider::cks::oidc_username(var.issuer_url, local.username_claim, local.prefix, var.on_call)]
}

data "cks_kubeconfig" "people" {
  cluster_id = cks_cluster_oidc.this.id # read after the OIDC configuration is applied

  # The other values default to those of the cluster.
  oidc = { extra_scopes = var.extra_scopes }
}
