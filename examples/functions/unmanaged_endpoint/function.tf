output "unmanaged_endpoint" {
  value = provider::cks::unmanaged_endpoint("https://abc123-22df2adc.k8s.us-east-04a.coreweave.com")
}
