# The ServiceAccounts with a label, in all clusters of the organisation.
data "cks_service_accounts" "pipelines" {
  label_selector = "purpose=ci"
}

output "pipelines" {
  value = data.cks_service_accounts.pipelines.service_accounts[*].id
}
