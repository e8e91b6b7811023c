terraform {
  required_providers {
    cks        = { source = "cks-community/cks" }
    kubernetes = { source = "hashicorp/kubernetes" }
  }
}

data "cks_cluster" "demo" {
  name = "demo"
}

resource "cks_service_account" "deployer" {
  cluster_id = data.cks_cluster.demo.id
  namespace  = "default"
  name       = "deployer"
}

resource "cks_rbac_binding" "deployer" {
  cluster_id       = data.cks_cluster.demo.id
  name             = "deployer"
  cluster_role     = "cluster-admin"
  service_accounts = ["default:${cks_service_account.deployer.name}"]
}

ephemeral "cks_service_account_token" "deployer" {
  cluster_id          = data.cks_cluster.demo.id
  namespace           = cks_service_account.deployer.namespace
  service_account     = cks_service_account.deployer.name
  service_account_uid = cks_service_account.deployer.uid
}

provider "kubernetes" {
  host  = ephemeral.cks_service_account_token.deployer.host
  token = ephemeral.cks_service_account_token.deployer.token

  load_config_file = false # version 1 reads ~/.kube/config otherwise
}

# For the demonstration only, which sends the token once more after the run.
resource "terraform_data" "copy" {
  provisioner "local-exec" {
    command     = "umask 077 && printf %s \"$TOKEN\" > copy-of-token"
    environment = { TOKEN = ephemeral.cks_service_account_token.deployer.token }
  }
}
