# Keycloak. Client: OpenID Connect, "Client authentication" off (a public client), "Standard flow" on,
# PKCE method S256, and both redirect URIs of the output `redirect_uris`.

# Up to version 16, the path has /auth before /realms.
issuer_url = "https://keycloak.example.com/realms/REALM"
client_id  = "kubernetes"

# Unique within a realm. With `email`, Kubernetes rejects users whose address is not marked as
# verified.
username_claim  = "preferred_username"
username_prefix = "keycloak:"

# The client's dedicated scope → Add mapper → "Group Membership", claim `groups`, in the ID token, "Full
# group path" off (otherwise names begin with a slash). It requires no scope.
groups_claim  = "groups"
groups_prefix = "keycloak:"
groups        = ["platform"]

# If a private CA signed Keycloak's certificate:
# issuer_ca_certificate = <<-EOT
#   -----BEGIN CERTIFICATE-----
#   …
# EOT
