# Okta. The client: a native application (OIDC) with authorization code and PKCE, and both redirect URIs of the output
# `redirect_uris`. A public client: no secret.

# A custom authorization server, such as `default`. The organisation's own (https://example.okta.com) leaves the groups out of ID
# tokens that come together with an access token, as they do here.
issuer_url = "https://example.okta.com/oauth2/default"
client_id  = "CLIENT_ID"

username_claim  = "email"
username_prefix = "okta:"

# Authorization server → Claims: a claim `groups` in the ID token, "Always", value type "Groups" with a filter that names the groups
# that matter here. It needs no scope when it is included in any.
groups_claim  = "groups"
groups_prefix = "okta:"
groups        = ["platform"]
