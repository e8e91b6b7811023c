data "cks_cluster" "example" {
  name = "example"
}

resource "cks_service_account" "example" {
  cluster_id = data.cks_cluster.example.id
  namespace  = "default"
  name       = "deployer"
}

resource "cks_service_account_token" "example" {
  cluster_id      = data.cks_cluster.example.id
  namespace       = cks_service_account.example.namespace
  service_account = cks_service_account.example.name

  # Sets the order. If the ServiceAccount is re-created, the next plan creates a new token.
  service_account_uid = cks_service_account.example.uid

  # An apply in the last week before expiry rotates the token. The previous token stays valid until it
  # expires, so that its users can switch.
  duration      = "720h"
  rotate_before = "168h"
}

output "token" {
  value     = cks_service_account_token.example.token
  sensitive = true
}
