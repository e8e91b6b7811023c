# The authorization webhook of one cluster, if it has one. The data source of the cluster is in the configuration (`.tf`).
list "cks_cluster_authz_webhook" "example" {
  provider = cks
  limit    = 1000

  config {
    cluster_id = data.cks_cluster.example.id
  }
}
