# Which arrows there are, with subjects, roles and scopes grouped. A unit is what is grouped on its own: a whole cluster, and for clusters that
# are too large for one picture, its cluster-wide grants, and its namespaces, those with the same grants together.

locals {
  # The grants of each scope: namespaces with the same ones are drawn as one.
  scope_grants = {
    for grant in local.grants : jsonencode([grant.cluster, grant.scope]) => [grant.subject, grant.role]...
  }

  alike = {
    for key, grants in local.scope_grants :
    jsonencode([jsondecode(key)[0], jsondecode(key)[1] == "", sha1(jsonencode(grants))]) => jsondecode(key)[1]...
  }

  # The first of the namespaces that are drawn as one, for each of them.
  first_alike = merge([
    for key, scopes in local.alike : { for scope in scopes : jsonencode([jsondecode(key)[0], scope]) => scopes[0] }
  ]...)

  # Each grant twice: in the unit of its cluster, and in that of its scope.
  unit_grants = concat(
    [for grant in local.grants : merge(grant, { unit = jsonencode([grant.cluster]) })],
    [for grant in local.grants : merge(grant, {
      unit = jsonencode([grant.cluster, local.first_alike[jsonencode([grant.cluster, grant.scope])]])
    })],
  )

  # Subjects with the same grants are a party.
  party_of = {
    for key, grants in {
      for grant in local.unit_grants : jsonencode([grant.unit, grant.subject]) => [grant.role, grant.scope]...
    } :
    key => jsonencode([jsondecode(key)[0], sha1(jsonencode(grants))])
  }

  parties = { for key, party in local.party_of : party => jsondecode(key)[1]... }

  # The parties that have a role in a scope.
  holders = {
    for key, parties in {
      for grant in local.unit_grants :
      jsonencode([grant.unit, grant.role, grant.scope]) => local.party_of[jsonencode([grant.unit, grant.subject])]...
    } : key => sort(distinct(parties))
  }

  # Roles that the same parties have in a scope are together, and so are scopes in which they have the same roles.
  roles = {
    for key, parties in local.holders :
    jsonencode([jsondecode(key)[0], jsondecode(key)[2], parties]) => jsondecode(key)[1]...
  }

  scopes = {
    for key, roles in local.roles :
    jsonencode([jsondecode(key)[0], jsondecode(key)[2], roles]) => jsondecode(key)[1]...
  }

  # One element for each node of roles, by unit.
  unit_roles = {
    for key, scopes in local.scopes : jsondecode(key)[0] => {
      key     = key
      parties = jsondecode(key)[1]
      roles   = jsondecode(key)[2]
      scopes  = scopes
    }...
  }

  # The arrows of a unit.
  unit_sizes = {
    for unit, roles in local.unit_roles : unit => sum([for role in roles : length(role.parties) + 1])
  }
}
