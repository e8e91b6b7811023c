output "clusters" {
  description = "UUIDs by name. Names of clusters repeat across zones."
  value = merge(var.clusters, {
    for cluster in flatten(data.cks_clusters.all[*].clusters) : "${cluster.name} (${cluster.zone})" => cluster.id
  })
}

output "bindings" {
  description = "The bindings of all clusters, as the data source has them."
  value = concat(
    flatten(data.cks_rbac_bindings.all[*].bindings),
    flatten(values(data.cks_rbac_bindings.named)[*].bindings),
  )
}

output "service_accounts" {
  description = "The ServiceAccounts of all clusters, as the data source has them."
  value = concat(
    flatten(data.cks_service_accounts.all[*].service_accounts),
    flatten(values(data.cks_service_accounts.named)[*].service_accounts),
  )
}
