# ClusterRoleBinding
import {
  to = cks_rbac_binding.example
  identity = {
    cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
    name       = "viewers"
  }
}

# RoleBinding
import {
  to = cks_rbac_binding.deployer
  identity = {
    cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
    namespace  = "default"
    name       = "deployer"
  }
}
