locals {
  # Subjects with cluster-admin in the whole cluster that are not expected to have it.
  unexpected_administrators = [
    for grant in module.access.grants : "${grant.subject_kind} ${grant.subject}"
    if grant.role == "cluster-admin" && grant.namespace == null
    && !contains(var.administrators, "${grant.subject_kind} ${grant.subject}")
  ]

  # Tokens that are valid, and were issued too long ago.
  old_tokens = [
    for token in module.access.tokens : "${token.namespace}/${token.secret_name}"
    if token.state != "expired" && timecmp(timeadd(token.created_at, var.max_token_age), plantimestamp()) < 0
  ]
}

# A failed check is a warning of each plan and apply, not an error.
check "administrators" {
  assert {
    condition     = length(local.unexpected_administrators) == 0
    error_message = "cluster-admin is bound to ${jsonencode(local.unexpected_administrators)}."
  }
}

check "token_age" {
  assert {
    condition     = length(local.old_tokens) == 0
    error_message = "Tokens are older than ${var.max_token_age}: ${join(", ", local.old_tokens)}."
  }
}
