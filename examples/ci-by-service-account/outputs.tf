output "kubeconfig" {
  description = "The pipeline's kubeconfig, for a secret store. It holds the token."
  value       = data.cks_kubeconfig.ci.kubeconfig
  sensitive   = true
}

output "expires_at" {
  description = "When the token ends, unless an apply has rotated it before."
  value       = cks_service_account_token.ci.expires_at
}

output "credential_id" {
  description = "What audit logs of the cluster call the token."
  value       = cks_service_account_token.ci.credential_id
}
