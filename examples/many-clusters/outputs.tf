output "unmanaged_endpoints" {
  description = "URLs of the unmanaged endpoints, by cluster."
  value       = { for name, oidc in cks_cluster_oidc.this : name => oidc.unmanaged_endpoint }
}

output "kubeconfigs" {
  description = "Kubeconfigs for the OIDC login, by cluster."
  value       = { for name, file in data.cks_kubeconfig.people : name => file.kubeconfig }
  sensitive   = true
}
