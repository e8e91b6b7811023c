output "kubeconfig" {
  description = "Kubeconfig of the pipeline, for a secret store. It contains the token."
  value       = data.cks_kubeconfig.ci.kubeconfig
  sensitive   = true
}

output "expires_at" {
  description = "Expiry of the token, unless an apply rotates it before."
  value       = cks_service_account_token.ci.expires_at
}

output "credential_id" {
  description = "Id of the token in the cluster's audit logs."
  value       = cks_service_account_token.ci.credential_id
}
