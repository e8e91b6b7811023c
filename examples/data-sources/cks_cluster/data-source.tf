data "cks_cluster" "example" {
  name = "example"
  zone = "US-EAST-04A"
}

output "service_account_issuer" {
  value = data.cks_cluster.example.service_account_issuer
}
