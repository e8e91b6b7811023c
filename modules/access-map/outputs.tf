output "markdown" {
  description = "The whole map as a Markdown document: for each cluster its pictures, a table of subjects, roles and bindings, and one of tokens."
  value       = join("\n", concat(["# Who can do what", ""], local.sections))
}

output "pictures" {
  description = "The pictures: each with `cluster_id`, its `scopes` (namespaces, and \"\" for the whole cluster), and its text, `mermaid`."
  value       = local.pictures
}

output "grants" {
  description = "One element for each subject, role and scope: `cluster_id`, `subject_kind`, `subject`, `role_kind`, `role`, `namespace` (null: the whole cluster), and the names of the `bindings`."
  value = [
    for grant in local.grants : {
      cluster_id   = grant.cluster
      subject_kind = split(" ", grant.subject)[0]
      subject      = local.name_of[grant.subject]
      role_kind    = split(" ", grant.role)[0]
      role         = local.name_of[grant.role]
      namespace    = grant.scope == "" ? null : grant.scope
      bindings     = grant.bindings
    }
  ]
}

output "tokens" {
  description = "The provider's own tokens, except expired ones of single runs: `cluster_id`, `namespace`, `service_account`, `secret_name`, `token_id`, `created_at`, `expires_at`, `state`, and `for_one_run`, which is true for the token of a run that goes on, or was killed."
  value = flatten([
    for account in local.service_accounts : [
      for token in account.tokens == null ? [] : account.tokens : {
        cluster_id      = account.cluster_id
        namespace       = account.namespace
        service_account = account.name
        secret_name     = token.secret_name
        token_id        = token.token_id
        created_at      = token.created_at
        expires_at      = token.expires_at
        state           = token.state
        for_one_run     = token.for_one_run
      } if !(token.for_one_run && token.state == "expired")
    ]
  ])
}
