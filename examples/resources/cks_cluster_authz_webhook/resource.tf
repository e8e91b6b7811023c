data "cks_cluster" "example" {
  name = "example"
}

resource "cks_cluster_authz_webhook" "example" {
  cluster_id = data.cks_cluster.example.id
  server     = "https://webhook.example.com/access-review"
}
