data "cks_cluster" "example" {
  name = "example"
}

# The bindings that grant cluster-admin in the whole cluster.
data "cks_rbac_bindings" "administrators" {
  cluster_id = data.cks_cluster.example.id
  role       = "cluster-admin"
}

output "administrators" {
  value = {
    for binding in data.cks_rbac_bindings.administrators.bindings : binding.name => {
      users  = binding.users
      groups = binding.groups
    } if binding.kind == "ClusterRoleBinding"
  }
}
