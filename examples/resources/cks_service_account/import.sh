# Import id: CLUSTER_ID/NAMESPACE/NAME.
terraform import cks_service_account.example 81540112-93fc-4d39-af10-fe6c2f4b8824/default/deployer
