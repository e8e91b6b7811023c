resource "cks_cluster_oidc" "only" {
  cluster_id = "0b7b3d0e-5c0f-4b52-9a4e-5b1b8f1f2a11"
  on_existing = "fail"
  timeouts {
    create = "10m"
    delete = "10m"
    update = "10m"
  }
  issuer_url = "https://accounts.example.com"
  client_id = "kubernetes"
  username_claim = "sub"
  username_prefix = "oidc:"
  groups_claim = "groups"
  groups_prefix = "oidc:"
  required_claim = "department=platform"
  signing_algorithms = ["RS256"]
  ca_certificate = "-----BEGIN CERTIFICATE-----\nMIIBbjCCARSgAwIBAgIUXe45KLNbPfSPj7tL+QsIaOiS6H0wCgYIKoZIzj0EAwIw\nFDESMBAGA1UEAwwJbG9jYWwtY2tzMCAXDTc1MDEwMTAwMDAwMFoYDzQwOTYwMTAx\nMDAwMDAwWjAUMRIwEAYDVQQDDAlsb2NhbC1ja3MwWTATBgcqhkjOPQIBBggqhkjO\nPQMBBwNCAAQ0SVYE+Ae4z3CkQx+Tpx03oiDS5q5rWJKdv/wa7Jf+ZnZLqh2lpJP9\nY1B5YBY0p5f4VzGF2se3pdfMPnMeRaB0o0IwQDAOBgNVHQ8BAf8EBAMCAQYwHQYD\nVR0OBBYEFHfg0QWKZQ9jkFChV0+p6bBmd9DVMA8GA1UdEwEB/wQFMAMBAf8wCgYI\nKoZIzj0EAwIDSAAwRQIgdnkyC83hQoP/XYqhSESMKmQK6HOpc7bYomQVBRXYtAAC\nIQD3yZz8YOOzqD1nMqtEiw0WCQZKw0I108MnNHTyJhEkoA==\n-----END CERTIFICATE-----\n"
  admin_group_binding = "oidc:admins"
}
resource "cks_cluster_authn_webhook" "only" {
  cluster_id = "0b7b3d0e-5c0f-4b52-9a4e-5b1b8f1f2a11"
  on_existing = "fail"
  timeouts {
    create = "10m"
    delete = "10m"
    update = "10m"
  }
  server = "https://hook.example.com/review"
  ca_certificate = "-----BEGIN CERTIFICATE-----\nMIIBbjCCARSgAwIBAgIUXe45KLNbPfSPj7tL+QsIaOiS6H0wCgYIKoZIzj0EAwIw\nFDESMBAGA1UEAwwJbG9jYWwtY2tzMCAXDTc1MDEwMTAwMDAwMFoYDzQwOTYwMTAx\nMDAwMDAwWjAUMRIwEAYDVQQDDAlsb2NhbC1ja3MwWTATBgcqhkjOPQIBBggqhkjO\nPQMBBwNCAAQ0SVYE+Ae4z3CkQx+Tpx03oiDS5q5rWJKdv/wa7Jf+ZnZLqh2lpJP9\nY1B5YBY0p5f4VzGF2se3pdfMPnMeRaB0o0IwQDAOBgNVHQ8BAf8EBAMCAQYwHQYD\nVR0OBBYEFHfg0QWKZQ9jkFChV0+p6bBmd9DVMA8GA1UdEwEB/wQFMAMBAf8wCgYI\nKoZIzj0EAwIDSAAwRQIgdnkyC83hQoP/XYqhSESMKmQK6HOpc7bYomQVBRXYtAAC\nIQD3yZz8YOOzqD1nMqtEiw0WCQZKw0I108MnNHTyJhEkoA==\n-----END CERTIFICATE-----\n"
}
resource "cks_cluster_authz_webhook" "only" {
  cluster_id = "0b7b3d0e-5c0f-4b52-9a4e-5b1b8f1f2a11"
  on_existing = "fail"
  timeouts {
    create = "10m"
    delete = "10m"
    update = "10m"
  }
  server = "https://hook.example.com/review"
  ca_certificate = "-----BEGIN CERTIFICATE-----\nMIIBbjCCARSgAwIBAgIUXe45KLNbPfSPj7tL+QsIaOiS6H0wCgYIKoZIzj0EAwIw\nFDESMBAGA1UEAwwJbG9jYWwtY2tzMCAXDTc1MDEwMTAwMDAwMFoYDzQwOTYwMTAx\nMDAwMDAwWjAUMRIwEAYDVQQDDAlsb2NhbC1ja3MwWTATBgcqhkjOPQIBBggqhkjO\nPQMBBwNCAAQ0SVYE+Ae4z3CkQx+Tpx03oiDS5q5rWJKdv/wa7Jf+ZnZLqh2lpJP9\nY1B5YBY0p5f4VzGF2se3pdfMPnMeRaB0o0IwQDAOBgNVHQ8BAf8EBAMCAQYwHQYD\nVR0OBBYEFHfg0QWKZQ9jkFChV0+p6bBmd9DVMA8GA1UdEwEB/wQFMAMBAf8wCgYI\nKoZIzj0EAwIDSAAwRQIgdnkyC83hQoP/XYqhSESMKmQK6HOpc7bYomQVBRXYtAAC\nIQD3yZz8YOOzqD1nMqtEiw0WCQZKw0I108MnNHTyJhEkoA==\n-----END CERTIFICATE-----\n"
}
resource "cks_namespace" "only" {
  cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
  on_existing = "fail"
  timeouts {
    create = "10m"
    delete = "10m"
    update = "10m"
  }
  name = "sample"
  deletion_protection = true
  labels = {"example.com/tier" = "1", "team" = "a"}
  annotations = {"example.com/owner" = "somebody, $${not} interpolated"}
}
resource "cks_service_account" "only" {
  cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
  on_existing = "fail"
  timeouts {
    create = "10m"
    delete = "10m"
    update = "10m"
  }
  namespace = "default"
  name = "sample"
  automount_service_account_token = false
  labels = {"example.com/tier" = "1", "team" = "a"}
  annotations = {"example.com/owner" = "somebody, $${not} interpolated"}
}
resource "cks_rbac_binding" "cluster" {
  cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
  on_existing = "fail"
  timeouts {
    create = "10m"
    delete = "10m"
    update = "10m"
  }
  name = "sample"
  cluster_role = "view"
  users = ["oidc:ada@example.com"]
  groups = ["oidc:platform"]
  service_accounts = ["default:default"]
  labels = {"example.com/tier" = "1", "team" = "a"}
  annotations = {"example.com/owner" = "somebody, $${not} interpolated"}
}

resource "cks_rbac_role" "prelude" {
  cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
  namespace  = "default"
  name       = "prelude"
  rules      = [{ verbs = ["get"], api_groups = [""], resources = ["pods"] }]
}
resource "cks_rbac_binding" "namespaced" {
  cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
  on_existing = "fail"
  timeouts {
    create = "10m"
    delete = "10m"
    update = "10m"
  }
  name = "sample"
  namespace = "default"
  role = cks_rbac_role.prelude.name
  users = ["oidc:ada@example.com"]
  groups = ["oidc:platform"]
  service_accounts = ["default:default"]
  labels = {"example.com/tier" = "1", "team" = "a"}
  annotations = {"example.com/owner" = "somebody, $${not} interpolated"}
}
resource "cks_rbac_role" "cluster" {
  cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
  on_existing = "fail"
  timeouts {
    create = "10m"
    delete = "10m"
    update = "10m"
  }
  name = "sample"
  rules = [{"api_groups" = ["", "apps"], "resource_names" = ["one"], "resources" = ["pods"], "verbs" = ["get", "list"]}, {"non_resource_urls" = ["/healthz"], "verbs" = ["get"]}]
  labels = {"example.com/tier" = "1", "team" = "a"}
  annotations = {"example.com/owner" = "somebody, $${not} interpolated"}
}
resource "cks_rbac_role" "namespaced" {
  cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
  on_existing = "fail"
  timeouts {
    create = "10m"
    delete = "10m"
    update = "10m"
  }
  name = "sample"
  namespace = "default"
  rules = [{"api_groups" = ["", "apps"], "resource_names" = ["one"], "resources" = ["pods"], "verbs" = ["get", "list"]}]
  labels = {"example.com/tier" = "1", "team" = "a"}
  annotations = {"example.com/owner" = "somebody, $${not} interpolated"}
}
resource "cks_service_account" "prelude" {
  cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
  namespace = "default"
  name = "prelude"
}
resource "cks_service_account_token" "only" {
  cluster_id = "81540112-93fc-4d39-af10-fe6c2f4b8824"
  namespace = "default"
  service_account = cks_service_account.prelude.name
  duration = "24h"
  audiences = ["https://kubernetes.default.svc", "vault"]
  rotation_triggers = {"release" = "1"}
  revocable = true
  rotate_before = "1h"
  on_rotation = "revoke"
  service_account_uid = cks_service_account.prelude.uid
  timeouts {
    create = "10m"
    delete = "10m"
    update = "10m"
  }
}
