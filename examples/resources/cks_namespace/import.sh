# Import id: CLUSTER_ID/NAME.
terraform import cks_namespace.example 81540112-93fc-4d39-af10-fe6c2f4b8824/team-a
