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

  # After the ServiceAccount, and for no other one of the same name.
  service_account_uid = cks_service_account.example.uid

  # Each apply in the last week of the token's month makes the next one. The previous one lives on to its end, so that its users can
  # switch.
  duration      = "720h"
  rotate_before = "168h"
}

output "token" {
  value     = cks_service_account_token.example.token
  sensitive = true
}
