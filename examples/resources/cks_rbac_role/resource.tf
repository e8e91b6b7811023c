data "cks_cluster" "example" {
  name = "example"
}

# A Role in one namespace. Without `namespace`, it is a ClusterRole.
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
