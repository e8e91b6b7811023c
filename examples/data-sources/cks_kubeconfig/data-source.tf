data "cks_cluster" "example" {
  name = "example"
}

resource "cks_cluster_oidc" "example" {
  cluster_id      = data.cks_cluster.example.id
  issuer_url      = "https://accounts.example.com"
  client_id       = "kubernetes"
  username_claim  = "email"
  username_prefix = "oidc:"
}

# People log in with kubelogin; issuer, client and scopes are the cluster's own. The id makes Terraform set up the trust first.
data "cks_kubeconfig" "people" {
  cluster_id = cks_cluster_oidc.example.id
  namespace  = "team-a"
  oidc       = {}
}

# A pipeline runs a program of its own that gets a token.
data "cks_kubeconfig" "pipeline" {
  cluster_id = data.cks_cluster.example.id
  name       = "example-pipeline"
  exec = {
    api_version = "client.authentication.k8s.io/v1"
    command     = "get-cluster-token"
    args        = ["--audience", "kubernetes"]
  }
}

# terraform output -raw kubeconfig > kubeconfig.yaml
output "kubeconfig" {
  value     = data.cks_kubeconfig.people.kubeconfig
  sensitive = true
}

# To register with the identity provider.
output "redirect_uris" {
  value = data.cks_kubeconfig.people.redirect_uris
}
