# All clusters, with the job's own ID token of GitHub Actions. Nothing is stored: the provider requests
# a token, and another one before it expires. The workflow needs `permissions: id-token: write`.
provider "cks" {
  kubernetes = [{
    endpoint = "unmanaged"
    oidc_token = {
      github_actions = true
      audience       = "terraform" # the client_id of the clusters' OIDC issuer
    }
  }]
}
