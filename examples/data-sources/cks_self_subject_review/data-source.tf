data "cks_cluster" "example" {
  name = "example"
  zone = "US-EAST-04A"
}

# The provider's identity in the cluster. With `token`: the identity of the token's holder.
data "cks_self_subject_review" "provider" {
  cluster_id = data.cks_cluster.example.id
}

output "provider_is" {
  value = data.cks_self_subject_review.provider.username
}
