data "cks_cluster" "example" {
  name = "example"
}

resource "cks_cluster_authn_webhook" "example" {
  cluster_id = data.cks_cluster.example.id
  server     = "https://webhook.example.com/token-review"
}
