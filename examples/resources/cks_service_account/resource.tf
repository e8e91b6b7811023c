data "cks_cluster" "example" {
  name = "example"
}

resource "cks_service_account" "example" {
  cluster_id = data.cks_cluster.example.id
  namespace  = "default"
  name       = "deployer"

  labels = {
    purpose = "ci"
  }

  automount_service_account_token = false
}
