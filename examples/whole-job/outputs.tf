output "unmanaged_endpoint" {
  description = "URL of the unmanaged endpoint."
  value       = cks_cluster_oidc.this.unmanaged_endpoint
}

output "redirect_uris" {
  description = "Redirect URIs to register at the identity provider."
  value       = data.cks_kubeconfig.people.redirect_uris
}

output "people_kubeconfig" {
  description = "Kubeconfig for the OIDC login."
  value       = data.cks_kubeconfig.people.kubeconfig
  sensitive   = true
}

output "ci_kubeconfig" {
  description = "Kubeconfig for the pipeline's secret store. It contains the token."
  value       = data.cks_kubeconfig.ci.kubeconfig
  sensitive   = true
}
