output "unmanaged_endpoints" {
  description = "Where people log in with their ID tokens, by cluster."
  value       = { for name, oidc in cks_cluster_oidc.this : name => oidc.unmanaged_endpoint }
}

output "kubeconfigs" {
  description = "The files with which people log in, by cluster."
  value       = { for name, file in data.cks_kubeconfig.people : name => file.kubeconfig }
  sensitive   = true
}
