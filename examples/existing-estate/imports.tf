# What exists once per cluster has the cluster's id.
import {
  to = cks_cluster_oidc.this
  id = data.cks_cluster.this.id
}

# CLUSTER_ID/NAME for what has no namespace.
import {
  to = cks_rbac_binding.platform
  id = "${data.cks_cluster.this.id}/platform-view"
}

import {
  to = cks_namespace.shop
  id = "${data.cks_cluster.this.id}/shop"
}

# CLUSTER_ID/NAMESPACE/NAME for what has one.
import {
  to = cks_service_account.deployer
  id = "${data.cks_cluster.this.id}/shop/deployer"
}

import {
  to = cks_rbac_binding.deployer
  id = "${data.cks_cluster.this.id}/shop/deployer"
}
