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

# OIDC login with kubelogin. Issuer, client id and scope default to those of the cluster's `oidc`. The
# reference to the id makes Terraform configure the issuer first.
data "cks_kubeconfig" "people" {
  cluster_id = cks_cluster_oidc.example.id
  namespace  = "team-a"
  oidc       = {}
}

# A pipeline with its own exec plugin.
data "cks_kubeconfig" "pipeline" {
  cluster_id = data.cks_cluster.example.id
  name       = "example-pipeline"
  exec = {
    api_version = "client.authentication.k8s.io/v1"
    command     = "get-cluster-token"
    args        = ["--audience", "kubernetes"]
  }
}

# A job of GitHub Actions, if the cluster trusts GitHub's issuer: kubectl logs in with the job's own ID
# token, and the kubeconfig contains no secret.
data "cks_kubeconfig" "job" {
  cluster_id = cks_cluster_oidc.example.id
  name       = "example-job"
  exec       = { preset = "github-actions" }
}

# A private cluster, at an address of the tailnet that forwards to its API server. The server's certificate
# is of the cluster's own CA, and has another name.
data "cks_kubeconfig" "private" {
  cluster_id      = cks_cluster_oidc.example.id
  name            = "example-private"
  host            = "https://example.tail1234.ts.net"
  tls_server_name = "kubernetes.default.svc"
  ca_certificate  = var.cluster_ca_certificate
  oidc            = {}
}

variable "cluster_ca_certificate" {
  description = "CA of the cluster (PEM), from the ConfigMap kube-root-ca.crt of any namespace."
  type        = string
  default     = null
}

# terraform output -raw kubeconfig > kubeconfig.yaml
output "kubeconfig" {
  value     = data.cks_kubeconfig.people.kubeconfig
  sensitive = true
}

# Redirect URIs to register at the identity provider.
output "redirect_uris" {
  value = data.cks_kubeconfig.people.redirect_uris
}
