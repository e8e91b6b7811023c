# All clusters, with an ID token that an agent writes to a file and renews.
provider "cks" {
  kubernetes = [{
    endpoint   = "unmanaged"
    oidc_token = { file = "/var/run/secrets/tokens/id-token" }
  }]
}
