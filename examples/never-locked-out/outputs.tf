output "emergency_kubeconfig" {
  description = "Kubeconfig for emergency access without the OIDC issuer. It contains no secret."
  value       = data.cks_kubeconfig.emergency.kubeconfig
  sensitive   = true
}
