run "people_have_access" {
  assert {
    condition     = cks_cluster_oidc.people.issuer_url == var.issuer_url
    error_message = "The cluster should accept ID tokens of the issuer."
  }

  assert {
    condition     = strcontains(output.kubeconfig, data.cks_cluster.this.unmanaged_endpoint)
    error_message = "People log in at the unmanaged endpoint."
  }
}
