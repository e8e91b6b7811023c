# By the cluster's id and the binding's name; of a RoleBinding with the namespace between them.
terraform import cks_rbac_binding.example 81540112-93fc-4d39-af10-fe6c2f4b8824/viewers
