# Keycloak. The client: OpenID Connect, "Client authentication" off (a public client), "Standard flow" on, PKCE method S256, and
# both redirect URIs of the output `redirect_uris`.

# Up to version 16 there is an /auth before /realms.
issuer_url = "https://keycloak.example.com/realms/REALM"
client_id  = "kubernetes"

# Unique in a realm. With `email`, Kubernetes refuses everybody whose address is not marked as verified.
username_claim  = "preferred_username"
username_prefix = "keycloak:"

# The client's dedicated scope → Add mapper → "Group Membership", claim `groups`, in the ID token, "Full group path" off: with it on,
# names begin with a slash. It needs no scope.
groups_claim  = "groups"
groups_prefix = "keycloak:"
groups        = ["platform"]

# With certificates of your own:
# issuer_ca_certificate = <<-EOT
#   -----BEGIN CERTIFICATE-----
#   …
# EOT
