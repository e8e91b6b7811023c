# The namespaces with a label, in all clusters of the organisation.
list "cks_namespace" "example" {
  provider = cks
  limit    = 1000

  config {
    label_selector = "team=shop"
  }
}
