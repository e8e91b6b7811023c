# The clusters of a zone whose names begin with `exam`.
data "cks_clusters" "example" {
  zone       = "US-EAST-04A"
  name_regex = "^exam"
}

# Every one of them trusts the same issuer.
resource "cks_cluster_oidc" "example" {
  for_each = { for cluster in data.cks_clusters.example.clusters : cluster.name => cluster.id }

  cluster_id = each.value

  issuer_url      = "https://accounts.example.com"
  client_id       = "kubernetes"
  username_prefix = "oidc:"
}
