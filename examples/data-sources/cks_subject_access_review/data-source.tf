data "cks_cluster" "example" {
  name = "example"
  zone = "US-EAST-04A"
}

# Warns if anonymous callers can read Secrets.
check "anonymous_read_no_secrets" {
  data "cks_subject_access_review" "anonymous" {
    cluster_id = data.cks_cluster.example.id
    groups     = ["oidc:anonymous", "system:authenticated"]
    verb       = "list"
    resource   = "secrets"
  }

  assert {
    condition     = !data.cks_subject_access_review.anonymous.allowed
    error_message = "Anonymous callers can read Secrets: ${data.cks_subject_access_review.anonymous.reason}"
  }
}
