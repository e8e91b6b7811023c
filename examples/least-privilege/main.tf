terraform {
  required_providers {
    cks = {
      source = "cks-community/cks"
    }
  }
}

# The CoreWeave API token comes from the environment variable COREWEAVE_API_TOKEN.
provider "cks" {}

data "cks_cluster" "this" {
  name = var.cluster_name
}

# Permission to read workloads and logs, and to restart workloads, in one namespace. No access to
# Secrets, and no shell in Pods.
resource "cks_rbac_role" "on_call" {
  cluster_id = data.cks_cluster.this.id
  namespace  = var.namespace
  name       = "on-call"

  rules = [
    {
      api_groups = [""]
      resources  = ["pods", "services", "events"]
      verbs      = ["get", "list", "watch"]
    },
    {
      api_groups = [""]
      resources  = ["pods/log"]
      verbs      = ["get"]
    },
    {
      # `kubectl rollout restart` sends a patch.
      api_groups = ["apps"]
      resources  = ["deployments", "statefulsets"]
      verbs      = ["get", "list", "watch", "patch"]
    },
  ]
}

resource "cks_rbac_binding" "on_call" {
  cluster_id = data.cks_cluster.this.id
  namespace  = var.namespace
  name       = "on-call"
  role       = cks_rbac_role.on_call.name
  groups     = [var.group]
}
