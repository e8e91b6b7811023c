# The pictures as Mermaid's text. A cluster has one if that has at most var.max_edges arrows. Else it has one for what is granted in the whole
# cluster, and some for its namespaces; of a unit that alone is too large, a picture shows numbers of subjects, and the table all names.

locals {
  # The units that are drawn, with their picture. Its number has a fixed length, so that pictures are in order.
  whole = {
    for unit, size in local.unit_sizes : unit => jsonencode([jsondecode(unit)[0], "0000"])
    if length(jsondecode(unit)) == 1 && size <= var.max_edges
  }

  # The other units, by cluster: their order is that of their first namespaces.
  parts = {
    for unit, size in local.unit_sizes : jsondecode(unit)[0] => unit...
    if length(jsondecode(unit)) == 2 && !contains(keys(local.whole), jsonencode([jsondecode(unit)[0]]))
  }

  # The arrows of the namespaces before this one decide on its picture, so that no namespace is in two.
  divided = merge([
    for cluster, units in local.parts : {
      for index, unit in units : unit => jsonencode([cluster, format("%04d", (
        jsondecode(unit)[1] == "" ? 0 : 1 + floor(sum(concat([0], [
          for before in slice(units, 0, index) : min(local.unit_sizes[before], var.max_edges) if jsondecode(before)[1] != ""
        ])) / var.max_edges)
      ))])
    }
  ]...)

  units = merge(local.whole, local.divided)

  # Nodes of roles in units that are drawn with all names.
  named_roles = flatten([
    for unit in keys(local.units) : [for role in local.unit_roles[unit] : merge(role, { unit = unit })]
    if local.unit_sizes[unit] <= var.max_edges
  ])

  # The same in units that are too large: each role, or all together if these are too many as well.
  large = {
    for grant in local.unit_grants : grant.unit => grant...
    if contains(keys(local.units), grant.unit) && try(local.unit_sizes[grant.unit] > var.max_edges, false)
  }

  counted = {
    for grant in flatten(values(local.large)) : jsonencode([
      grant.unit,
      length(distinct(local.large[grant.unit][*].role)) * 2 <= var.max_edges ? grant.role : "",
    ]) => grant...
  }

  counted_roles = [
    for key, grants in local.counted : {
      key    = key
      unit   = grants[0].unit
      roles  = distinct(grants[*].role)
      scopes = sort(distinct(grants[*].scope))
      kinds  = { for subject in distinct(grants[*].subject) : split(" ", subject)[0] => subject... }
    }
  ]

  # Nodes: where they are, and what they show.
  subject_nodes = concat(
    [for party in distinct(flatten(local.named_roles[*].parties)) : {
      picture = local.units[jsondecode(party)[0]]
      key     = party
      label = [
        for subject in local.parties[party] :
        "${local.mermaid[subject]}${try(local.token_notes[jsonencode([jsondecode(jsondecode(party)[0])[0], subject])], "")}"
      ]
    }],
    [for role in local.counted_roles : {
      picture = local.units[role.unit]
      key     = jsonencode(["subjects of", role.key])
      label   = [for kind, subjects in role.kinds : length(subjects) == 1 ? local.mermaid[subjects[0]] : "${length(subjects)} ${kind}s"]
    }],
  )

  role_nodes = concat(
    [for role in local.named_roles : {
      picture = local.units[role.unit]
      key     = role.key
      scope   = jsonencode([local.units[role.unit], role.unit, role.scopes])
      label   = [for name in role.roles : local.mermaid[name]]
    }],
    [for role in local.counted_roles : {
      picture = local.units[role.unit]
      key     = role.key
      scope   = jsonencode([local.units[role.unit], role.unit, role.scopes])
      label   = [length(role.roles) == 1 ? local.mermaid[role.roles[0]] : "${length(role.roles)} roles"]
    }],
  )

  # Keys of nodes of scopes have all that they show.
  scope_nodes = [
    for key in distinct(local.role_nodes[*].scope) : {
      picture = jsondecode(key)[0]
      key     = key
      is_wide = jsondecode(key)[2] == [""]
      label   = [for scope in jsondecode(key)[2] : scope == "" ? "whole cluster" : "namespace ${local.mermaid[scope]}"]
    }
  ]

  # Arrows, by the keys of their nodes.
  edges = concat(
    flatten([for role in local.named_roles : [for party in role.parties : {
      picture = local.units[role.unit], from = party, to = role.key
    }]]),
    [for role in local.counted_roles : {
      picture = local.units[role.unit], from = jsonencode(["subjects of", role.key]), to = role.key
    }],
    [for role in local.role_nodes : { picture = role.picture, from = role.key, to = role.scope }],
  )

  # Ids of nodes are a letter and a number within their picture, whatever the names are.
  ids = merge(concat(
    [for keys in values({ for node in local.subject_nodes : node.picture => node.key... }) : {
      for index, key in keys : key => "s${index}"
    }],
    [for keys in values({ for node in local.role_nodes : node.picture => node.key... }) : {
      for index, key in keys : key => "r${index}"
    }],
    [for keys in values({ for node in local.scope_nodes : node.picture => node.key... }) : {
      for index, key in keys : key => "w${index}"
    }],
  )...)

  # A name a line, or three of many. A comma within a name is a code.
  labels = {
    for node in concat(local.subject_nodes, local.role_nodes, local.scope_nodes) : node.key => join("<br/>", [
      for names in chunklist(node.label, length(node.label) > 8 ? 3 : 1) : join(", ", names)
    ])
  }

  diagrams = {
    for picture in distinct(values(local.units)) : picture => join("\n", concat(
      ["%%%{init: {\"flowchart\": {\"wrappingWidth\": 600}}}%%", "flowchart LR"],
      [for node in local.subject_nodes : "  ${local.ids[node.key]}(\"${local.labels[node.key]}\")" if node.picture == picture],
      [for node in local.role_nodes : "  ${local.ids[node.key]}[\"${local.labels[node.key]}\"]" if node.picture == picture],
      [for node in local.scope_nodes : "  ${local.ids[node.key]}[[\"${local.labels[node.key]}\"]]" if node.picture == picture],
      [for edge in local.edges : "  ${local.ids[edge.from]} --> ${local.ids[edge.to]}" if edge.picture == picture],
      ["  classDef wide stroke:#c62828,stroke-width:3px"],
      [for node in local.scope_nodes : "  class ${local.ids[node.key]} wide" if node.picture == picture && node.is_wide],
      [""],
    ))
  }
}
