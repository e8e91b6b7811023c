output "unmanaged_endpoint" {
  description = "Where the tokens are taken."
  value       = data.cks_cluster.this.unmanaged_endpoint
}

output "kubeconfig" {
  description = "The file with which the robots reach the cluster."
  value       = data.cks_kubeconfig.robots.kubeconfig
  sensitive   = true
}
