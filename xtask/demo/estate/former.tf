resource "kubernetes_namespace" "shop" {
  metadata {
    name = "shop"
  }

  depends_on = [cks_rbac_binding.deployer]
}

resource "kubernetes_role" "reader" {
  metadata {
    name      = "reader"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  rule {
    api_groups = [""]
    resources  = ["configmaps"]
    verbs      = ["get", "list"]
  }
}

resource "kubernetes_role_binding" "reader" {
  metadata {
    name      = "reader"
    namespace = kubernetes_namespace.shop.metadata[0].name
  }
  role_ref {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Role"
    name      = kubernetes_role.reader.metadata[0].name
  }
  subject {
    api_group = "rbac.authorization.k8s.io"
    kind      = "Group"
    name      = "oidc:platform"
  }
}
