data "cks_cluster" "example" {
  name = "example"
  zone = "US-EAST-04A"
}

# Warns if anonymous callers can read Secrets.
check "visitors_read_no_secrets" {
  data "cks_subject_access_review" "visitors" {
    cluster_id = data.cks_cluster.example.id
    groups     = ["oidc:visitors", "system:authenticated"]
    verb       = "list"
    resource   = "secrets"
  }

  assert {
    condition     = !data.cks_subject_access_review.visitors.allowed
    error_message = "Visitors may read Secrets: ${data.cks_subject_access_review.visitors.reason}"
  }
}
