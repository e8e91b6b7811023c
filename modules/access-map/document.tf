# The document: for each cluster its pictures, and the same as tables, which also name the bindings.

locals {
  # One row for each subject and role.
  rows = {
    for grant in local.grants : jsonencode([grant.cluster, grant.subject, grant.role]) => grant...
  }

  grant_rows = {
    for key, grants in local.rows : jsondecode(key)[0] => join(" | ", [
      "| ${split(" ", grants[0].subject)[0]} ${local.markdown[local.name_of[grants[0].subject]]}",
      "${split(" ", grants[0].role)[0]} ${local.markdown[local.name_of[grants[0].role]]}",
      join(", ", [for grant in grants : grant.scope == "" ? "whole cluster" : local.markdown[grant.scope]]),
      "${join(", ", [for binding in distinct(flatten(grants[*].bindings)) : local.markdown[binding]])} |",
    ])...
  }

  token_rows = {
    for row in flatten([
      for key, tokens in local.tokens : [
        for token in tokens == null ? [] : tokens : {
          cluster = jsondecode(key)[0]
          text = join(" | ", [
            "| ${local.markdown[trimprefix(jsondecode(key)[1], "ServiceAccount ")]}",
            local.markdown[token.secret_name],
            token.created_at,
            token.expires_at == null ? "not known" : token.expires_at,
            "${token.state}${token.for_one_run ? ", for one run" : ""} |",
          ])
        }
      ]
    ]) : row.cluster => row.text...
  }

  tokens_not_read = distinct([for key, tokens in local.tokens : jsondecode(key)[0] if tokens == null])

  # The pictures of each cluster, with their titles.
  pictures = [
    for picture, diagram in local.diagrams : {
      cluster_id = jsondecode(picture)[0]
      scopes     = local.picture_scopes[picture]
      mermaid    = diagram
    }
  ]

  picture_scopes = {
    for picture, scopes in {
      for node in local.scope_nodes : node.picture => jsondecode(node.key)[2]...
    } : picture => sort(distinct(flatten(scopes)))
  }

  sections = [
    for name in sort(keys(local.clusters)) : join("\n", concat(
      ["## ${local.markdown[name]}", "", "Cluster `${local.clusters[name]}`"],
      contains(keys(local.grant_rows), local.clusters[name]) ? [] : [
        "", "No bindings were listed: there are none${var.clusters == null ? ", or the cluster could not be read, which a warning of the run says" : ""}.",
      ],
      flatten([
        for picture in local.pictures : concat(
          length([for other in local.pictures : other if other.cluster_id == picture.cluster_id]) == 1 ? [] : [
            "", "### ${join(", ", concat(
              [for scope in slice(picture.scopes, 0, min(8, length(picture.scopes))) : scope == "" ? "Whole cluster" : local.markdown[scope]],
              length(picture.scopes) > 8 ? ["and ${length(picture.scopes) - 8} more"] : [],
            ))}",
          ],
          ["", "```mermaid", trimspace(picture.mermaid), "```"],
        ) if picture.cluster_id == local.clusters[name]
      ]),
      contains(keys(local.grant_rows), local.clusters[name]) ? concat(
        ["", "| Who | Role | Where | Bindings |", "|---|---|---|---|"],
        local.grant_rows[local.clusters[name]],
      ) : [],
      contains(keys(local.token_rows), local.clusters[name]) ? concat(
        ["", "| Token of | Secret | Created | Expires | State |", "|---|---|---|---|---|"],
        local.token_rows[local.clusters[name]],
      ) : [],
      !contains(local.tokens_not_read, local.clusters[name]) ? [] : ["", "Tokens were not read."],
      [""],
    ))
  ]
}
