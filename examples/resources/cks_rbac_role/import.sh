# By the cluster's id and the ClusterRole's name; of a Role with the namespace between them.
terraform import cks_rbac_role.example 81540112-93fc-4d39-af10-fe6c2f4b8824/default/pod-reader
