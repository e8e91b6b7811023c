output "cluster_id" {
  description = "For the project's variable TF_VAR_cluster_id."
  value       = data.cks_cluster.this.id
}

output "host" {
  description = "For the project's variable TF_VAR_host."
  value       = cks_cluster_oidc.gitlab.unmanaged_endpoint
}

output "kubeconfig" {
  description = "For the project's variable CKS_KUBECONFIG, of the type File."
  value       = nonsensitive(data.cks_kubeconfig.job.kubeconfig)
}
