# The authentication webhooks of the clusters of the organisation.
list "cks_cluster_authn_webhook" "example" {
  provider = cks
  limit    = 1000
}
