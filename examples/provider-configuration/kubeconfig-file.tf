# One cluster, by a kubeconfig file and its own credentials. The context must be named: the current one is anybody's to change.
provider "cks" {
  kubernetes = [{
    cluster_id     = "81540112-93fc-4d39-af10-fe6c2f4b8824"
    config_path    = "/etc/cks/kubeconfig"
    config_context = "production"
  }]
}
