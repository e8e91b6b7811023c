# Import id of a Role: CLUSTER_ID/NAMESPACE/NAME
terraform import cks_rbac_role.example 81540112-93fc-4d39-af10-fe6c2f4b8824/default/pod-reader

# Import id of a ClusterRole: CLUSTER_ID/NAME
terraform import cks_rbac_role.nodes 81540112-93fc-4d39-af10-fe6c2f4b8824/node-reader
