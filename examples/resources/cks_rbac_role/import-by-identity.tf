# Role
import {
  to = cks_rbac_role.example
  identity = {
    cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
    namespace  = "default"
    name       = "pod-reader"
  }
}

# ClusterRole
import {
  to = cks_rbac_role.nodes
  identity = {
    cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
    name       = "node-reader"
  }
}
