locals {
  # The permissions that the group must have, and those that no binding may grant it.
  questions = {
    "read logs"       = { allowed = true, verb = "get", resource = "pods", subresource = "log" }
    "restart"         = { allowed = true, verb = "patch", resource = "deployments", api_group = "apps" }
    "read secrets"    = { allowed = false, verb = "get", resource = "secrets" }
    "open a shell"    = { allowed = false, verb = "create", resource = "pods", subresource = "exec" }
    "give permission" = { allowed = false, verb = "create", resource = "rolebindings", api_group = "rbac.authorization.k8s.io" }
  }
}

# Access reviews by the cluster: after the binding is created, and with each later plan.
data "cks_subject_access_review" "on_call" {
  for_each = local.questions

  cluster_id  = data.cks_cluster.this.id
  namespace   = var.namespace
  groups      = [var.group]
  verb        = each.value.verb
  resource    = each.value.resource
  api_group   = try(each.value.api_group, null)
  subresource = try(each.value.subresource, null)

  depends_on = [cks_rbac_binding.on_call]
}

check "on_call" {
  assert {
    condition = alltrue([
      for question, expected in local.questions :
      data.cks_subject_access_review.on_call[question].allowed == expected.allowed
    ])
    error_message = "${var.group} does not have exactly the expected permissions: ${join(", ", [
      for question, expected in local.questions : question
      if data.cks_subject_access_review.on_call[question].allowed != expected.allowed
    ])}."
  }
}
