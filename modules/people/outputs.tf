output "kubeconfig" {
  description = "Kubeconfig for the OIDC login with kubectl and kubelogin, the same for all users."
  value       = data.cks_kubeconfig.this.kubeconfig
  sensitive   = true
}

output "redirect_uris" {
  description = "Redirect URIs to register for the client at the identity provider."
  value       = data.cks_kubeconfig.this.redirect_uris
}

output "unmanaged_endpoint" {
  description = "URL of the endpoint that accepts ID tokens."
  value       = cks_cluster_oidc.this.unmanaged_endpoint
}

output "subjects" {
  description = "Users and groups by binding, with their names in Kubernetes."
  value = {
    for name, binding in cks_rbac_binding.this :
    name => { users = binding.users, groups = binding.groups }
  }
}
