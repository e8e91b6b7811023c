# The OIDC issuers that the clusters of the organisation trust.
list "cks_cluster_oidc" "example" {
  provider = cks
  limit    = 1000
}
