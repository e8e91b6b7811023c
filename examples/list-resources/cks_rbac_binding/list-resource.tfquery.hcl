# The bindings of a group in one cluster.
list "cks_rbac_binding" "example" {
  provider = cks
  limit    = 1000

  config {
    cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
    group      = "oidc:platform"
  }
}
