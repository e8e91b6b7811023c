moved {
  from = kubernetes_namespace_v1.shop
  to   = cks_namespace.shop
}

moved {
  from = kubernetes_service_account_v1.deployer
  to   = cks_service_account.deployer
}

moved {
  from = kubernetes_role_v1.deployer
  to   = cks_rbac_role.deployer
}

moved {
  from = kubernetes_role_binding_v1.deployer
  to   = cks_rbac_binding.deployer
}

moved {
  from = kubernetes_cluster_role_binding_v1.platform
  to   = cks_rbac_binding.platform
}
