# Import id: CLUSTER_ID/NAME, or CLUSTER_ID/NAMESPACE/NAME for a RoleBinding.
terraform import cks_rbac_binding.example 81540112-93fc-4d39-af10-fe6c2f4b8824/viewers
