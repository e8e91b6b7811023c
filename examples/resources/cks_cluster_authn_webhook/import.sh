# Import id: the cluster's id.
terraform import cks_cluster_authn_webhook.example 81540112-93fc-4d39-af10-fe6c2f4b8824
