# By the cluster's id, the namespace and the ServiceAccount's name.
terraform import cks_service_account.example 81540112-93fc-4d39-af10-fe6c2f4b8824/default/deployer
