# The ServiceAccounts of all clusters, also Kubernetes' own.
list "cks_service_account" "example" {
  provider = cks
  limit    = 1000

  config {
    include_system = true
  }
}
