# The authorization webhook of one cluster, if it has one.
list "cks_cluster_authz_webhook" "example" {
  provider = cks

  config {
    cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
  }
}
