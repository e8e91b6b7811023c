output "unmanaged_endpoint" {
  description = "Where people log in with their ID tokens."
  value       = cks_cluster_oidc.this.unmanaged_endpoint
}

output "subjects" {
  description = "Who got the role, by the names that Kubernetes sees."
  value       = setunion(cks_rbac_binding.people.groups, cks_rbac_binding.people.users)
}

output "redirect_uris" {
  description = "What to register with the identity provider as redirect URIs of the client."
  value       = data.cks_kubeconfig.people.redirect_uris
}

output "kubeconfig" {
  description = "The file with which people log in."
  value       = data.cks_kubeconfig.people.kubeconfig
  sensitive   = true
}
