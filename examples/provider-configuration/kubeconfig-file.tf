# One cluster, with a kubeconfig file and its credentials. The context is required, since other tools
# change the current context.
provider "cks" {
  kubernetes = [{
    cluster_id     = "81540112-93fc-4d39-af10-fe6c2f4b8824"
    config_path    = "/etc/cks/kubeconfig"
    config_context = "production"
  }]
}
