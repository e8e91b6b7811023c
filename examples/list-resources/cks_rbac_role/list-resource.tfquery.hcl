# The Roles in a namespace. The data source of the cluster is in the configuration (`.tf`).
list "cks_rbac_role" "example" {
  provider = cks
  limit    = 1000

  config {
    cluster_id = data.cks_cluster.example.id
    namespace  = "shop"
  }
}
