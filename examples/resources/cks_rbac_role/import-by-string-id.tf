# Role: CLUSTER_ID/NAMESPACE/NAME
import {
  to = cks_rbac_role.example
  id = "81540112-93fc-4d39-af10-fe6c2f4b8824/default/pod-reader"
}

# ClusterRole: CLUSTER_ID/NAME
import {
  to = cks_rbac_role.nodes
  id = "81540112-93fc-4d39-af10-fe6c2f4b8824/node-reader"
}
