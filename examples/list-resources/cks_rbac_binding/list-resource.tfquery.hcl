# The bindings of a group in one cluster. The data source of the cluster is in the configuration (`.tf`).
list "cks_rbac_binding" "example" {
  provider = cks
  limit    = 1000

  config {
    cluster_id = data.cks_cluster.example.id
    group      = "oidc:platform"
  }
}
