# An entry for one cluster, and an entry for all other clusters. Without the second entry, the provider
# uses their managed endpoints with the CoreWeave token.
provider "cks" {
  kubernetes = [
    {
      cluster_id     = "81540112-93fc-4d39-af10-fe6c2f4b8824"
      config_path    = "/etc/cks/kubeconfig"
      config_context = "production"
    },
    {
      endpoint   = "unmanaged"
      token_file = "/var/run/secrets/tokens/cks"
    },
  ]
}
