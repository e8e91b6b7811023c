data "cks_cluster" "example" {
  name = "example"
}

resource "cks_service_account" "example" {
  cluster_id = data.cks_cluster.example.id
  namespace  = "default"
  name       = "deployer"
}

resource "cks_service_account_token" "example" {
  cluster_id          = data.cks_cluster.example.id
  namespace           = cks_service_account.example.namespace
  service_account     = cks_service_account.example.name
  service_account_uid = cks_service_account.example.uid
  duration            = "720h"

  # When the token is destroyed, those that earlier runs left are revoked too. If one cannot be, nothing is destroyed.
  # Terraform 1.16 and newer; with older ones, remove this block.
  lifecycle {
    action_trigger {
      events     = [before_destroy]
      actions    = [action.cks_revoke_service_account_tokens.example]
      on_failure = halt
    }
  }
}

# By hand: terraform apply -invoke=action.cks_revoke_service_account_tokens.example
action "cks_revoke_service_account_tokens" "example" {
  config {
    cluster_id      = cks_service_account.example.cluster_id
    namespace       = cks_service_account.example.namespace
    service_account = cks_service_account.example.name
  }
}

# Or by a reviewed change: another value of `input` revokes all tokens in the apply. The next apply rotates those in the state.
resource "terraform_data" "incident" {
  input = "none"

  lifecycle {
    action_trigger {
      events  = [before_update]
      actions = [action.cks_revoke_service_account_tokens.example]
    }
  }
}
