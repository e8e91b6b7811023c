# One cluster, with the text of a kubeconfig from a secret store.
provider "cks" {
  kubernetes = [{
    cluster_id     = "81540112-93fc-4d39-af10-fe6c2f4b8824"
    kubeconfig     = var.kubeconfig
    config_context = "production"
  }]
}

variable "kubeconfig" {
  type      = string
  sensitive = true
}
