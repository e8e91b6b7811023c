output "cluster_id" {
  description = "For the workspace's variable cluster_id."
  value       = data.cks_cluster.this.id
}

output "host" {
  description = "For the workspace's variable host."
  value       = cks_cluster_oidc.hcp.unmanaged_endpoint
}
