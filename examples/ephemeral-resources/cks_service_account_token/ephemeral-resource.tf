data "cks_cluster" "example" {
  name = "example"
}

resource "cks_service_account" "example" {
  cluster_id = data.cks_cluster.example.id
  namespace  = "default"
  name       = "deployer"
}

# What the token may do.
resource "cks_rbac_binding" "example" {
  cluster_id       = data.cks_cluster.example.id
  namespace        = "default"
  name             = "deployer-edit"
  cluster_role     = "edit"
  service_accounts = ["default:${cks_service_account.example.name}"]
}

ephemeral "cks_service_account_token" "example" {
  cluster_id      = data.cks_cluster.example.id
  namespace       = cks_service_account.example.namespace
  service_account = cks_service_account.example.name

  # The first apply creates the ServiceAccount: the unknown uid makes Terraform open the token only then.
  service_account_uid = cks_service_account.example.uid

  # More than the longest run takes: a token cannot be renewed.
  duration = "1h"

  # The permissions exist before, and until after, everything that uses the token.
  depends_on = [cks_rbac_binding.example]
}

# A provider with the permissions of the ServiceAccount. Other providers, such as hashicorp/kubernetes, take
# the same two values.
provider "cks" {
  alias = "deployer"
  kubernetes = [{
    cluster_id = data.cks_cluster.example.id
    host       = ephemeral.cks_service_account_token.example.host
    token      = ephemeral.cks_service_account_token.example.token
  }]
}

data "cks_self_subject_review" "deployer" {
  provider   = cks.deployer
  cluster_id = data.cks_cluster.example.id

  # The token does not exist before the ServiceAccount does.
  depends_on = [cks_service_account.example]
}

output "deployer_is" {
  value = data.cks_self_subject_review.deployer.username
}
