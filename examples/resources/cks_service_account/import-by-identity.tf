import {
  to = cks_service_account.example
  identity = {
    cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
    namespace  = "default"
    name       = "deployer"
  }
}
