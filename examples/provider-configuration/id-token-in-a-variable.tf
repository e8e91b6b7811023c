# All clusters, with the run's own ID token in an environment variable: of HCP Terraform, once
# TFC_WORKLOAD_IDENTITY_AUDIENCE_CKS is set in the workspace, or of a GitLab job with `id_tokens`.
provider "cks" {
  kubernetes = [{
    endpoint   = "unmanaged"
    oidc_token = { env = "TFC_WORKLOAD_IDENTITY_TOKEN_CKS" }
  }]
}
