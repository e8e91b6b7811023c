mock_provider "cks" {
  mock_resource "cks_service_account_token" {
    defaults = {
      expires_at = "2026-03-31T00:00:00Z"
    }
  }

  mock_data "cks_kubeconfig" {
    defaults = {
      kubeconfig = "apiVersion: v1"
    }
  }
}

variables {
  cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
  namespace  = "shop"
}

run "a_pipeline_has_roles_in_its_namespace_unless_a_binding_says_otherwise" {
  variables {
    bindings = {
      edit   = { cluster_role = "edit" }
      deploy = { role = "deployer", namespace = "web" }
      view   = { cluster_role = "view", whole_cluster = true }
    }
  }

  assert {
    condition = (
      cks_rbac_binding.this["edit"].namespace == "shop" && cks_rbac_binding.this["deploy"].namespace == "web"
      && cks_rbac_binding.this["view"].namespace == null
    )
    error_message = "Each binding is in its namespace."
  }

  assert {
    condition     = alltrue([for binding in cks_rbac_binding.this : binding.service_accounts == toset(["shop:ci"])])
    error_message = "The ServiceAccount is the subject of each."
  }

  assert {
    condition     = output.username == "system:serviceaccount:shop:ci" && output.expires_at == "2026-03-31T00:00:00Z"
    error_message = "The outputs are those of the ServiceAccount and its token."
  }

  assert {
    condition     = nonsensitive(output.kubeconfig) == "apiVersion: v1"
    error_message = "The kubeconfig is an output."
  }
}

run "a_token_has_the_schedule_of_the_variables" {
  variables {
    token_lifetime    = "24h"
    rotate_before     = null
    on_rotation       = "revoke"
    rotation_triggers = { requested = "2026-03-01" }
  }

  assert {
    condition = (
      cks_service_account_token.this.duration == "24h" && cks_service_account_token.this.rotate_before == null
      && cks_service_account_token.this.on_rotation == "revoke" && cks_service_account_token.this.rotation_triggers == tomap({ requested = "2026-03-01" })
    )
    error_message = "The token has the schedule."
  }
}

run "days_are_no_unit_of_durations" {
  command = plan

  variables {
    token_lifetime = "30d"
    rotate_before  = "10d"
  }

  expect_failures = [var.token_lifetime, var.rotate_before]
}

run "a_namespace_has_a_valid_name" {
  command = plan

  variables {
    namespace = "Shop"
  }

  expect_failures = [var.namespace]
}

run "a_rotation_expires_or_revokes" {
  command = plan

  variables {
    on_rotation = "delete"
  }

  expect_failures = [var.on_rotation]
}

run "a_binding_has_one_role" {
  command = plan

  variables {
    bindings = { edit = {} }
  }

  expect_failures = [var.bindings]
}

run "a_role_is_not_of_the_whole_cluster" {
  command = plan

  variables {
    bindings = { deploy = { role = "deployer", whole_cluster = true } }
  }

  expect_failures = [var.bindings]
}
