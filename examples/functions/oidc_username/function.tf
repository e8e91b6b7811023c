# Default prefix of Kubernetes: https://accounts.example.com#248289761001
output "by_subject" {
  value = provider::cks::oidc_username("https://accounts.example.com", null, null, "248289761001")
}

# oidc:ada@example.com
output "by_email" {
  value = provider::cks::oidc_username("https://accounts.example.com", "email", "oidc:", "ada@example.com")
}
