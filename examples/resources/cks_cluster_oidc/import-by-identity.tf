import {
  to = cks_cluster_oidc.example
  identity = {
    cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
  }
}
