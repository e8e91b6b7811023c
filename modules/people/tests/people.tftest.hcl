mock_provider "cks" {
  mock_resource "cks_cluster_oidc" {
    defaults = {
      id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
    }
  }

  mock_data "cks_kubeconfig" {
    defaults = {
      kubeconfig    = "apiVersion: v1"
      redirect_uris = ["http://localhost:8000"]
    }
  }
}

variables {
  cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
  issuer_url = "https://accounts.example.com"
}

run "people_have_the_roles_under_their_names_in_kubernetes" {
  variables {
    username_prefix = "corp:"
    bindings = {
      viewers    = { cluster_role = "view", users = ["ada@example.com"], groups = ["platform"] }
      developers = { role = "deployer", namespace = "shop", groups = ["shop"] }
    }
  }

  assert {
    condition     = cks_cluster_oidc.this.username_prefix == "corp:" && cks_cluster_oidc.this.client_id == "kubernetes"
    error_message = "The trust has the prefix, and the default client."
  }

  assert {
    condition     = output.subjects.viewers.users == toset(["corp:ada@example.com"]) && output.subjects.viewers.groups == toset(["oidc:platform"])
    error_message = "Subjects have their prefixes."
  }

  assert {
    condition     = cks_rbac_binding.this["developers"].role == "deployer" && cks_rbac_binding.this["developers"].namespace == "shop"
    error_message = "A Role is bound in its namespace."
  }

  assert {
    condition     = nonsensitive(output.kubeconfig) == "apiVersion: v1" && output.redirect_uris == tolist(["http://localhost:8000"])
    error_message = "The kubeconfig and its redirect URIs are outputs."
  }
}

run "an_issuer_without_groups_needs_no_prefix" {
  variables {
    groups_claim  = null
    groups_prefix = null
    bindings      = { viewers = { cluster_role = "view", users = ["ada@example.com"] } }
  }

  assert {
    condition     = length(output.subjects.viewers.groups) == 0
    error_message = "There are no groups."
  }
}

run "an_issuer_is_https" {
  command = plan

  variables {
    issuer_url = "accounts.example.com"
  }

  expect_failures = [var.issuer_url]
}

run "prefixes_of_kubernetes_own_are_refused" {
  command = plan

  variables {
    username_prefix = "system:"
    groups_prefix   = "system:"
  }

  expect_failures = [var.username_prefix, var.groups_prefix]
}

run "a_binding_has_one_role" {
  command = plan

  variables {
    bindings = { viewers = { cluster_role = "view", role = "view", namespace = "shop", groups = ["a"] } }
  }

  expect_failures = [var.bindings]
}

run "a_role_needs_a_namespace" {
  command = plan

  variables {
    bindings = { viewers = { role = "view", groups = ["a"] } }
  }

  expect_failures = [var.bindings]
}

run "a_binding_has_subjects" {
  command = plan

  variables {
    bindings = { viewers = { cluster_role = "view" } }
  }

  expect_failures = [var.bindings]
}
