# All attributes are optional. Each line names the environment variable or default that it replaces.
provider "cks" {
  token        = var.coreweave_token             # COREWEAVE_API_TOKEN
  endpoint     = "https://api.coreweave.com"     # COREWEAVE_API_ENDPOINT
  http_timeout = "30s"                           # COREWEAVE_HTTP_TIMEOUT
  proxy_url    = "http://proxy.example.com:3128" # HTTPS_PROXY and NO_PROXY

  ca_certificate = var.company_ca # in addition to the system's roots, or to SSL_CERT_FILE
}

variable "coreweave_token" {
  type      = string
  sensitive = true
}

variable "company_ca" {
  description = "Certificates (PEM) of a TLS-intercepting proxy."
  type        = string
  default     = null
}
