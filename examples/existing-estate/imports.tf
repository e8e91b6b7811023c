# Import id of a block of the cluster: the cluster's id.
import {
  to = cks_cluster_oidc.this
  id = data.cks_cluster.this.id
}

# Import id of a cluster-scoped object: CLUSTER_ID/NAME.
import {
  to = cks_rbac_binding.platform
  id = "${data.cks_cluster.this.id}/platform-view"
}

import {
  to = cks_namespace.shop
  id = "${data.cks_cluster.this.id}/shop"
}

# Import id of a namespaced object: CLUSTER_ID/NAMESPACE/NAME.
import {
  to = cks_service_account.deployer
  id = "${data.cks_cluster.this.id}/shop/deployer"
}

import {
  to = cks_rbac_binding.deployer
  id = "${data.cks_cluster.this.id}/shop/deployer"
}
