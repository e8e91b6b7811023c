output "unmanaged_endpoint" {
  description = "URL of the unmanaged endpoint."
  value       = cks_cluster_oidc.this.unmanaged_endpoint
}

output "subjects" {
  description = "Users and groups that have the role, by their names in Kubernetes."
  value       = setunion(cks_rbac_binding.people.groups, cks_rbac_binding.people.users)
}

output "redirect_uris" {
  description = "Redirect URIs to register for the client at the identity provider."
  value       = data.cks_kubeconfig.people.redirect_uris
}

output "kubeconfig" {
  description = "Kubeconfig for the OIDC login."
  value       = data.cks_kubeconfig.people.kubeconfig
  sensitive   = true
}
