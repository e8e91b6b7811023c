output "unmanaged_endpoint" {
  description = "Where all of them are let in."
  value       = cks_cluster_oidc.this.unmanaged_endpoint
}

output "redirect_uris" {
  description = "What to register with the identity provider."
  value       = data.cks_kubeconfig.people.redirect_uris
}

output "people_kubeconfig" {
  description = "For everybody who logs in."
  value       = data.cks_kubeconfig.people.kubeconfig
  sensitive   = true
}

output "ci_kubeconfig" {
  description = "For the pipeline's secret store. It holds the token."
  value       = data.cks_kubeconfig.ci.kubeconfig
  sensitive   = true
}
