# oidc:platform
output "group" {
  value = provider::cks::oidc_group("oidc:", "platform")
}

# platform
output "without_prefix" {
  value = provider::cks::oidc_group(null, "platform")
}
