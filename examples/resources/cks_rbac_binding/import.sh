# Import id of a ClusterRoleBinding: CLUSTER_ID/NAME
terraform import cks_rbac_binding.example 81540112-93fc-4d39-af10-fe6c2f4b8824/viewers

# Import id of a RoleBinding: CLUSTER_ID/NAMESPACE/NAME
terraform import cks_rbac_binding.deployer 81540112-93fc-4d39-af10-fe6c2f4b8824/default/deployer
