# Who has which role where: one element for each subject, role and scope, with the bindings that grant it.

locals {
  # One element for each subject of each binding. A subject and a role begin with their kind, which has no space.
  bound = flatten([
    for binding in local.bindings : [
      for subject in concat(
        [for name in binding.users == null ? [] : tolist(binding.users) : "User ${name}"],
        [for name in binding.groups == null ? [] : tolist(binding.groups) : "Group ${name}"],
        [for name in binding.service_accounts == null ? [] : tolist(binding.service_accounts) : "ServiceAccount ${name}"],
        ) : {
        cluster = binding.cluster_id
        subject = subject
        role    = binding.cluster_role == null ? "Role ${binding.role}" : "ClusterRole ${binding.cluster_role}"
        scope   = binding.namespace == null ? "" : binding.namespace
        binding = binding.namespace == null ? binding.name : "${binding.namespace}/${binding.name}"
      }
    ]
  ])

  # In the order of cluster, subject, role and scope. The scope is a namespace, or empty for the whole cluster.
  grants = [
    for key, bindings in {
      for bound in local.bound :
      jsonencode([bound.cluster, bound.subject, bound.role, bound.scope]) => bound.binding...
      } : {
      cluster  = jsondecode(key)[0]
      subject  = jsondecode(key)[1]
      role     = jsondecode(key)[2]
      scope    = jsondecode(key)[3]
      bindings = sort(distinct(bindings))
    }
  ]

  # Subjects and roles without their kind.
  name_of = {
    for text in distinct(concat(local.grants[*].subject, local.grants[*].role)) :
    text => trimprefix(text, "${split(" ", text)[0]} ")
  }

  # The tokens of each ServiceAccount. The end of a run revokes its own: one that is still there is of a run that goes on, or that was killed,
  # whose token stays valid until it expires. Null where they are not known.
  tokens = {
    for account in local.service_accounts :
    jsonencode([account.cluster_id, "ServiceAccount ${account.namespace}:${account.name}"]) => (
      account.tokens == null ? null : [for token in account.tokens : token if !(token.for_one_run && token.state == "expired")]
    )
  }

  # When the last token of a ServiceAccount expires, for its line in a picture.
  token_notes = {
    for key, expiries in {
      for key, tokens in local.tokens :
      key => sort([for token in tokens : token.expires_at if token.state == "issued"]) if tokens != null
    } :
    key => (
      length(expiries) == 1
      ? " · token until ${substr(expiries[0], 0, 10)}"
      : " · ${length(expiries)} tokens, the last until ${substr(element(expiries, length(expiries) - 1), 0, 10)}"
    ) if length(expiries) > 0
  }
}
