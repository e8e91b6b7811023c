output "unmanaged_endpoint" {
  description = "URL of the unmanaged endpoint, which accepts the tokens."
  value       = data.cks_cluster.this.unmanaged_endpoint
}

output "kubeconfig" {
  description = "Kubeconfig of the robots."
  value       = data.cks_kubeconfig.robots.kubeconfig
  sensitive   = true
}
