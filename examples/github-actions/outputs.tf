output "cluster_id" {
  description = "For the repository's variable CKS_CLUSTER_ID."
  value       = data.cks_cluster.this.id
}

output "host" {
  description = "For the repository's variable CKS_HOST."
  value       = cks_cluster_oidc.github.unmanaged_endpoint
}

output "kubeconfig" {
  description = "For the repository's variable CKS_KUBECONFIG."
  value       = nonsensitive(data.cks_kubeconfig.job.kubeconfig)
}
