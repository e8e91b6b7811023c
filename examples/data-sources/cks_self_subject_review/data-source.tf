data "cks_cluster" "example" {
  name = "example"
  zone = "US-EAST-04A"
}

# Who does the cluster take the provider for? With `token`: who does it take the token's holder for?
data "cks_self_subject_review" "provider" {
  cluster_id = data.cks_cluster.example.id
}

output "provider_is" {
  value = data.cks_self_subject_review.provider.username
}
