data "cks_cluster" "example" {
  name = "example"
}

resource "cks_cluster_oidc" "example" {
  cluster_id = data.cks_cluster.example.id

  issuer_url      = "https://accounts.example.com"
  client_id       = "kubernetes"
  username_claim  = "email"
  username_prefix = "oidc:"
  groups_claim    = "groups"
  groups_prefix   = "oidc:"
}

output "unmanaged_endpoint" {
  value = cks_cluster_oidc.example.unmanaged_endpoint
}
