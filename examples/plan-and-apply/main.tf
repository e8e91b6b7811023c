terraform {
  required_providers {
    cks = {
      source = "cks-community/cks"
    }
  }
}

# An administrator applies this once. The CoreWeave API token comes from the environment variable
# COREWEAVE_API_TOKEN, and the callers that this configures have other credentials.
provider "cks" {}

data "cks_cluster" "this" {
  name = var.cluster_name
}

# A plan reads.
resource "cks_rbac_role" "plan" {
  cluster_id = data.cks_cluster.this.id
  name       = "terraform-plan"
  rules      = local.plan
}

resource "cks_rbac_role" "plan_tokens" {
  cluster_id = data.cks_cluster.this.id
  name       = "terraform-plan-tokens"
  rules      = local.plan_tokens
}

# An apply refreshes too, so it needs what a plan needs.
resource "cks_rbac_role" "apply" {
  cluster_id = data.cks_cluster.this.id
  name       = "terraform-apply"
  rules      = concat(local.plan, local.apply)
}

resource "cks_rbac_role" "apply_tokens" {
  cluster_id = data.cks_cluster.this.id
  name       = "terraform-apply-tokens"
  rules      = concat(local.plan_tokens, local.apply_tokens, var.granted_rules)
}

resource "cks_rbac_binding" "this" {
  for_each = {
    (cks_rbac_role.plan.name)  = { users = var.planners, groups = var.planner_groups }
    (cks_rbac_role.apply.name) = { users = var.appliers, groups = [] }
  }

  cluster_id   = data.cks_cluster.this.id
  name         = each.key
  cluster_role = each.key
  users        = each.value.users
  groups       = each.value.groups
}

# In one namespace only: Secrets, tokens, and the roles that would be too much in the whole cluster.
resource "cks_rbac_binding" "tokens" {
  for_each = {
    (cks_rbac_role.plan_tokens.name)  = { users = var.planners, groups = var.planner_groups }
    (cks_rbac_role.apply_tokens.name) = { users = var.appliers, groups = [] }
  }

  cluster_id   = data.cks_cluster.this.id
  namespace    = var.token_namespace
  name         = each.key
  cluster_role = each.key
  users        = each.value.users
  groups       = each.value.groups
}
