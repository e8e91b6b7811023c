# Clusters of one zone with names that begin with `exam`.
data "cks_clusters" "example" {
  zone       = "US-EAST-04A"
  name_regex = "^exam"
}

# All of them trust the same issuer.
resource "cks_cluster_oidc" "example" {
  for_each = { for cluster in data.cks_clusters.example.clusters : cluster.name => cluster.id }

  cluster_id = each.value

  issuer_url      = "https://accounts.example.com"
  client_id       = "kubernetes"
  username_prefix = "oidc:"
}
