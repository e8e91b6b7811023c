# One cluster, with the address of its API server and a client certificate.
provider "cks" {
  kubernetes = [{
    cluster_id         = "81540112-93fc-4d39-af10-fe6c2f4b8824"
    host               = "https://kubernetes.example.com:6443"
    ca_certificate     = var.cluster_ca
    client_certificate = var.client_certificate
    client_key         = var.client_key
  }]
}

variable "cluster_ca" {
  type = string
}

variable "client_certificate" {
  type = string
}

variable "client_key" {
  type      = string
  sensitive = true
}
