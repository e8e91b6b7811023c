# A private cluster (`public = false`) from outside of its network, through a proxy inside.
provider "cks" {
  kubernetes = [
    {
      cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
      endpoint   = "managed" # with the CoreWeave token, as by default
      proxy_url  = "http://bastion.example.com:3128"
    },
    {
      # Another private cluster, through an address that forwards to it. The server's certificate is for
      # the cluster's own name.
      cluster_id      = "1063bce6-6e5b-4b0a-b73a-7e6106b2a77c"
      host            = "https://forward.example.com:8443"
      tls_server_name = "api.abc123-abcd1234.k8s.us-east-04a.coreweave.com"
      token           = var.service_account_token
    },
  ]
}

variable "service_account_token" {
  type      = string
  sensitive = true
}
