data "cks_cluster" "example" {
  name = "example"
}

# A Role in one namespace.
resource "cks_rbac_role" "example" {
  cluster_id = data.cks_cluster.example.id
  namespace  = "default"
  name       = "pod-reader"

  rules = [
    {
      api_groups = [""]
      resources  = ["pods", "pods/log"]
      verbs      = ["get", "list", "watch"]
    },
  ]
}

resource "cks_rbac_binding" "example" {
  cluster_id = data.cks_cluster.example.id
  namespace  = cks_rbac_role.example.namespace
  name       = "pod-readers"
  role       = cks_rbac_role.example.name
  groups     = ["oidc:support"]
}

# A ClusterRole, since it has no `namespace`.
resource "cks_rbac_role" "nodes" {
  cluster_id = data.cks_cluster.example.id
  name       = "node-reader"

  rules = [
    {
      api_groups = [""]
      resources  = ["nodes"]
      verbs      = ["get", "list", "watch"]
    },
  ]
}
