list "cks_service_account" "found" {
  provider = cks
  config {
    cluster_id     = var.cluster_id
    label_selector = "made=by-hand"
  }
}

list "cks_rbac_role" "found" {
  provider = cks
  config {
    cluster_id     = var.cluster_id
    label_selector = "made=by-hand"
  }
}

list "cks_rbac_binding" "found" {
  provider = cks
  config {
    cluster_id     = var.cluster_id
    label_selector = "made=by-hand"
  }
}
