# The ServiceAccounts of all clusters, also Kubernetes' own.
list "cks_service_account" "example" {
  provider = cks

  config {
    include_system = true
  }
}
