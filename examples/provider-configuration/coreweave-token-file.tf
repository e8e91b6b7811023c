# The CoreWeave token in a file that another program renews, such as an agent of a secret store. The
# file is read again for each request. COREWEAVE_API_TOKEN_FILE sets the same path.
provider "cks" {
  token_file = "/var/run/secrets/coreweave/token"
}
