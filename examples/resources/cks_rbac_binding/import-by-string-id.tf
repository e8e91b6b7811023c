# ClusterRoleBinding: CLUSTER_ID/NAME
import {
  to = cks_rbac_binding.example
  id = "81540112-93fc-4d39-af10-fe6c2f4b8824/viewers"
}

# RoleBinding: CLUSTER_ID/NAMESPACE/NAME
import {
  to = cks_rbac_binding.deployer
  id = "81540112-93fc-4d39-af10-fe6c2f4b8824/default/deployer"
}
