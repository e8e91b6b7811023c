output "kubeconfig" {
  description = "Kubeconfig of the pipeline, for a secret store. It contains the token."
  value       = data.cks_kubeconfig.this.kubeconfig
  sensitive   = true
}

output "username" {
  description = "The pipeline's user name in Kubernetes, as in audit logs."
  value       = "system:serviceaccount:${cks_service_account.this.namespace}:${cks_service_account.this.name}"
}

output "expires_at" {
  description = "Expiry of the token (RFC 3339), unless an apply rotates it before."
  value       = cks_service_account_token.this.expires_at
}

output "credential_id" {
  description = "Id of the token in the cluster's audit logs."
  value       = cks_service_account_token.this.credential_id
}

output "secret_name" {
  description = "Name of the Secret that the token is bound to. To revoke the token at once, delete it."
  value       = cks_service_account_token.this.secret_name
}
