# All clusters, as a ServiceAccount or an OIDC user that each of them knows: the file is read again as it changes, so that a long
# apply outlives the token in it.
provider "cks" {
  kubernetes = [{
    endpoint   = "unmanaged"
    token_file = "/var/run/secrets/tokens/cks"
  }]
}
