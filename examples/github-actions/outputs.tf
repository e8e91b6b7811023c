output "cluster_id" {
  description = "For the file `terraform.tfvars` of the repository."
  value       = data.cks_cluster.this.id
}

output "host" {
  description = "For the file `terraform.tfvars` of the repository."
  value       = cks_cluster_oidc.github.unmanaged_endpoint
}

output "kubeconfig" {
  description = "For the file `kubeconfig` of the repository."
  value       = nonsensitive(data.cks_kubeconfig.job.kubeconfig)
}
