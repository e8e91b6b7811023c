# What the clusters have: bindings, ServiceAccounts, and their tokens. It is a module of its own, so that tests can replace its outputs: a
# mocked provider cannot have lists of objects.
module "read" {
  source = "./read"

  clusters       = var.clusters
  namespace      = var.namespace
  include_system = var.include_system
  include_tokens = var.include_tokens
}

locals {
  clusters         = module.read.clusters
  bindings         = module.read.bindings
  service_accounts = module.read.service_accounts
}
