# All clusters, with a token that each of them accepts, such as an OIDC token. The file is read again
# for each request, so a long apply uses renewed tokens.
provider "cks" {
  kubernetes = [{
    endpoint   = "unmanaged"
    token_file = "/var/run/secrets/tokens/cks"
  }]
}
