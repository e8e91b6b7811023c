data "cks_cluster" "example" {
  name = "example"
}

# A group of the cluster's OIDC issuer can view everything in the cluster.
resource "cks_rbac_binding" "example" {
  cluster_id   = data.cks_cluster.example.id
  name         = "viewers"
  cluster_role = "view"
  groups       = ["oidc:viewers"]
}

# A pipeline can edit one namespace.
resource "cks_rbac_binding" "deployer" {
  cluster_id       = data.cks_cluster.example.id
  namespace        = "default"
  name             = "deployer"
  cluster_role     = "edit"
  service_accounts = ["default:deployer"]
}
