output "emergency_kubeconfig" {
  description = "The way in that needs no issuer. There is no secret in it."
  value       = data.cks_kubeconfig.emergency.kubeconfig
  sensitive   = true
}
