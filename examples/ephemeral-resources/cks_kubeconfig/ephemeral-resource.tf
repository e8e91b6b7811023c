data "cks_cluster" "example" {
  name = "example"
}

ephemeral "cks_service_account_token" "example" {
  cluster_id      = data.cks_cluster.example.id
  namespace       = "default"
  service_account = "default"
}

# The kubeconfig and its token are in no plan and in no state.
ephemeral "cks_kubeconfig" "example" {
  cluster_id = data.cks_cluster.example.id
  token      = ephemeral.cks_service_account_token.example.token
}

provider "cks" {
  alias = "by_kubeconfig"
  kubernetes = [{
    cluster_id = data.cks_cluster.example.id
    kubeconfig = ephemeral.cks_kubeconfig.example.kubeconfig
  }]
}

data "cks_self_subject_review" "example" {
  provider   = cks.by_kubeconfig
  cluster_id = data.cks_cluster.example.id
}

output "user" {
  value = data.cks_self_subject_review.example.username
}
