# The Roles in a namespace.
list "cks_rbac_role" "example" {
  provider = cks

  config {
    cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
    namespace  = "shop"
  }
}
