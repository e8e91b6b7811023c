resource "cks_namespace" "shop" {
  cluster_id          = data.cks_cluster.demo.id
  name                = "shop"
  deletion_protection = false
}

resource "cks_rbac_role" "reader" {
  cluster_id = data.cks_cluster.demo.id
  namespace  = cks_namespace.shop.name
  name       = "reader"
  rules      = [{ verbs = ["get", "list"], api_groups = [""], resources = ["configmaps"] }]
}

resource "cks_rbac_binding" "reader" {
  cluster_id = data.cks_cluster.demo.id
  namespace  = cks_namespace.shop.name
  name       = "reader"
  role       = cks_rbac_role.reader.name
  groups     = ["oidc:platform"]
}

moved {
  from = kubernetes_namespace.shop
  to   = cks_namespace.shop
}

moved {
  from = kubernetes_role.reader
  to   = cks_rbac_role.reader
}

moved {
  from = kubernetes_role_binding.reader
  to   = cks_rbac_binding.reader
}
